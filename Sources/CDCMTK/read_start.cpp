#include "read_internal.h"

#include "dcmtk/dcmdata/dcdict.h"
#include "dcmtk/dcmdata/dcrledrg.h"
#include "dcmtk/dcmdata/dctag.h"
#include "dcmtk/dcmdata/dcuid.h"
#include "dcmtk/dcmjpeg/djdecode.h"
#include "dcmtk/dcmjpls/djdecode.h"
#include "dcmtk/oflog/oflog.h"

#include <cstring>
#include <mutex>

namespace {

std::once_flag started;
cd_status start_status = CD_INTERNAL;

void start() {
  try {
    // DCMTK's log lines quote attribute values: patient data must not reach a log.
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DcmRLEDecoderRegistration::registerCodecs();
    // Colour stays as stored: conversion is the reader's decision.
    DJDecoderRegistration::registerCodecs(EDC_never, EUC_default, EPC_default);
    DJLSDecoderRegistration::registerCodecs();
    start_status = dcmDataDict.isDictionaryLoaded() ? CD_OK : CD_NO_DICTIONARY;
  } catch (...) {
    start_status = CD_INTERNAL;
  }
}

}  // namespace

extern "C" cd_status cd_start(void) {
  try {
    std::call_once(started, start);
    return start_status;
  } catch (...) {
    return CD_INTERNAL;
  }
}

extern "C" const char *cd_dcmtk_version(void) { return OFFIS_DCMTK_VERSION_STRING; }

extern "C" void cd_keyword(uint16_t group, uint16_t element, char *buffer, size_t size) {
  if (buffer == nullptr || size == 0) return;
  buffer[0] = 0;
  try {
    if (cd_start() != CD_OK) return;
    DcmTag tag(group, element);
    const char *name = tag.getTagName();
    if (name == nullptr || std::strchr(name, ' ') != nullptr) return;
    std::strncpy(buffer, name, size - 1);
    buffer[size - 1] = 0;
  } catch (...) {
  }
}
