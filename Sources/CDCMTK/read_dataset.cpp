#include "read_internal.h"

#include "dcmtk/dcmdata/dcistrmb.h"
#include "dcmtk/dcmdata/dcspchrs.h"
#include "dcmtk/dcmdata/dcxfer.h"

#include <algorithm>
#include <cstring>
#include <memory>

extern "C" cd_status cd_open(
    const uint8_t *bytes, size_t count, const char *syntax, cd_file **file) {
  return cd_guarded([&] {
    *file = nullptr;
    const cd_status ready = cd_start();
    if (ready != CD_OK) return ready;
    E_TransferSyntax xfer = EXS_LittleEndianExplicit;
    if (syntax != nullptr) {
      const DcmXfer known(syntax);
      if (known.getXfer() != EXS_Unknown) xfer = known.getXfer();
    }
    auto opened = std::make_unique<cd_file>();
    DcmInputBufferStream stream;
    stream.setBuffer(bytes, static_cast<offile_off_t>(count));
    stream.setEos();
    DcmDataset &dataset = opened->dataset;
    dataset.transferInit();
    const OFCondition condition =
        dataset.read(stream, xfer, EGL_noChange, static_cast<Uint32>(0xFFFFFFFE));
    dataset.transferEnd();
    if (condition.bad()) return cd_status_of(condition);
    *file = opened.release();
    return CD_OK;
  });
}

extern "C" void cd_close(cd_file *file) {
  cd_guarded([&] {
    delete file;
    return CD_OK;
  });
}

DcmItem *cd_walk(cd_file *file, const cd_step *path, size_t steps) {
  DcmItem *item = &file->dataset;
  for (size_t i = 0; i < steps; ++i) {
    DcmItem *next = nullptr;
    const DcmTagKey key(path[i].group, path[i].element);
    if (item->findAndGetSequenceItem(key, next, static_cast<signed long>(path[i].item)).bad() ||
        next == nullptr)
      return nullptr;
    item = next;
  }
  return item;
}

// Text by the character set of the item it is in, or the bytes as they are.
static void convert(cd_file *file, DcmItem *item, OFString &value) {
  OFString set;
  if (item->findAndGetOFStringArray(DCM_SpecificCharacterSet, set).bad() || set.empty())
    file->dataset.findAndGetOFStringArray(DCM_SpecificCharacterSet, set);
  if (set.empty() || set == "ISO_IR 6" || set == "ISO_IR 192") return;
  DcmSpecificCharacterSet converter;
  if (converter.selectCharacterSet(set).bad()) return;
  OFString converted;
  if (converter.convertString(value, converted, "^=\\").good()) value = converted;
}

extern "C" cd_status cd_text(
    cd_file *file, const cd_step *path, size_t steps, uint16_t group, uint16_t element, bool utf8,
    char *buffer, size_t size, size_t *length) {
  return cd_guarded([&] {
    *length = 0;
    DcmItem *item = cd_walk(file, path, steps);
    DcmElement *found = nullptr;
    if (item == nullptr || item->findAndGetElement(DcmTagKey(group, element), found).bad() ||
        found == nullptr)
      return CD_ABSENT;
    OFString value;
    if (found->getOFStringArray(value).bad()) return CD_INVALID;
    if (utf8) convert(file, item, value);
    *length = value.size();
    if (value.size() + 1 > size) return CD_TOO_SMALL;
    std::memcpy(buffer, value.data(), value.size());
    buffer[value.size()] = 0;
    return CD_OK;
  });
}

static bool number(DcmElement *element, unsigned long index, double &value) {
  Uint16 us = 0;
  Sint16 ss = 0;
  Uint32 ul = 0;
  Sint32 sl = 0;
  Float32 fl = 0;
  OFCondition condition;
  switch (element->ident()) {
  case EVR_US: condition = element->getUint16(us, index); value = us; break;
  case EVR_SS: condition = element->getSint16(ss, index); value = ss; break;
  case EVR_UL: condition = element->getUint32(ul, index); value = ul; break;
  case EVR_SL: condition = element->getSint32(sl, index); value = sl; break;
  case EVR_IS: condition = element->getSint32(sl, index); value = sl; break;
  case EVR_FL: condition = element->getFloat32(fl, index); value = fl; break;
  default: condition = element->getFloat64(value, index); break;
  }
  return condition.good();
}

extern "C" cd_status cd_numbers(
    cd_file *file, const cd_step *path, size_t steps, uint16_t group, uint16_t element,
    double *values, size_t capacity, size_t *count) {
  return cd_guarded([&] {
    *count = 0;
    DcmItem *item = cd_walk(file, path, steps);
    DcmElement *found = nullptr;
    if (item == nullptr || item->findAndGetElement(DcmTagKey(group, element), found).bad() ||
        found == nullptr)
      return CD_ABSENT;
    const DcmEVR vr = found->ident();
    if (vr == EVR_OW || vr == EVR_lt || vr == EVR_ox) {
      Uint16 *words = nullptr;
      if (found->getUint16Array(words).bad() || words == nullptr) return CD_INVALID;
      *count = found->getLength() / 2;
      std::copy_n(words, std::min(*count, capacity), values);
      return CD_OK;
    }
    *count = found->getVM();
    for (size_t i = 0; i < std::min(*count, capacity); ++i)
      if (!number(found, i, values[i])) return CD_INVALID;
    return CD_OK;
  });
}

extern "C" cd_status cd_item_count(
    cd_file *file, const cd_step *path, size_t steps, uint16_t group, uint16_t element,
    uint32_t *count) {
  return cd_guarded([&] {
    *count = 0;
    DcmItem *item = cd_walk(file, path, steps);
    DcmSequenceOfItems *sequence = nullptr;
    if (item == nullptr || item->findAndGetSequence(DcmTagKey(group, element), sequence).bad() ||
        sequence == nullptr)
      return CD_ABSENT;
    *count = static_cast<uint32_t>(sequence->card());
    return CD_OK;
  });
}
