#include "read_internal.h"

#include "dcmtk/dcmdata/dcdict.h"
#include "dcmtk/dcmdata/dcuid.h"
#include "dcmtk/dcmjpeg/djdecode.h"
#include "dcmtk/dcmjpls/djdecode.h"
#include "dcmtk/oflog/appender.h"
#include "dcmtk/oflog/oflog.h"
#include "dcmtk/oflog/spi/logevent.h"

#include <cstring>
#include <mutex>

namespace {

std::once_flag started;
cd_status start_status = CD_INTERNAL;
thread_local unsigned long damage = 0;

// DCMTK's log lines quote attribute values, and patient data must not reach a log: this appender
// prints nothing. It only counts the warnings by which the IJG decoder, which goes on with grey
// blocks, tells of damaged data. Appenders run on the thread that logs.
class DamageCounter : public dcmtk::log4cplus::Appender {
public:
  ~DamageCounter() override { destructorImpl(); }
  void close() override {}

protected:
  void append(const dcmtk::log4cplus::spi::InternalLoggingEvent &event) override {
    const auto &text = event.getMessage();
    const bool corrupt = text.find("Corrupt JPEG data") != OFString_npos ||
                         text.find("Premature end of JPEG") != OFString_npos;
    if (corrupt && text.find("extraneous") == OFString_npos) ++damage;
  }
};

void start() {
  OFLog::configure(OFLogger::OFF_LOG_LEVEL);
  auto root = dcmtk::log4cplus::Logger::getRoot();
  root.removeAllAppenders();
  auto jpeg = OFLog::getLogger("dcmtk.dcmjpeg");
  jpeg.setLogLevel(OFLogger::WARN_LOG_LEVEL);
  jpeg.setAdditivity(false);
  jpeg.addAppender(dcmtk::log4cplus::SharedAppenderPtr(new DamageCounter));
  // Some writers give every value the representation UN, identifiers included.
  dcmEnableUnknownVRConversion.set(OFTrue);
  // Colour stays as stored: conversion is the reader's decision.
  DJDecoderRegistration::registerCodecs(EDC_never, EUC_default, EPC_default);
  DJLSDecoderRegistration::registerCodecs();
  start_status = dcmDataDict.isDictionaryLoaded() ? CD_OK : CD_NO_DICTIONARY;
}

}  // namespace

unsigned long cd_damage_count() { return damage; }

cd_status cd_status_of(const OFCondition &condition) {
  if (condition.good()) return CD_OK;
  if (condition == EC_MemoryExhausted) return CD_NO_MEMORY;
  if (condition == EC_TagNotFound) return CD_ABSENT;
  if (condition == EC_StreamNotifyClient || condition == EC_InvalidStream) return CD_TRUNCATED;
  return CD_INVALID;
}

extern "C" cd_status cd_start(void) {
  return cd_guarded([] {
    std::call_once(started, start);
    return start_status;
  });
}

extern "C" const char *cd_dcmtk_version(void) { return OFFIS_DCMTK_VERSION_STRING; }

extern "C" void cd_keyword(uint16_t group, uint16_t element, char *buffer, size_t size) {
  if (buffer == nullptr || size == 0) return;
  buffer[0] = 0;
  cd_guarded([&] {
    if ((group & 1) != 0 || cd_start() != CD_OK) return CD_ABSENT;
    DcmTag tag(group, element);
    const char *name = tag.getTagName();
    if (name == nullptr || std::strcmp(name, DcmTag_ERROR_TagName) == 0) return CD_ABSENT;
    std::strncpy(buffer, name, size - 1);
    buffer[size - 1] = 0;
    return CD_OK;
  });
}

extern "C" bool cd_is_sequence(uint16_t group, uint16_t element) {
  return cd_guarded([&] {
    if (cd_start() != CD_OK) return CD_ABSENT;
    return DcmTag(group, element).getEVR() == EVR_SQ ? CD_OK : CD_ABSENT;
  }) == CD_OK;
}
