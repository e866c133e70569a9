// Objects and their attributes: make, open, put, find, copy.
#include "write_object.hpp"

#include "dcmtk/dcmdata/dcistrmb.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

static cdw_object *kept(cdw_object *object, int status) {
  if (status == CDW_OK) return object;
  delete object;
  return nullptr;
}

cdw_object *cdw_create(void) {
  try {
    // Silences DCMTK's logger, which quotes attribute values.
    if (cd_start() != CD_OK) return nullptr;
    return new cdw_object();
  } catch (...) {
    return nullptr;
  }
}

cdw_object *cdw_open(const char *path, int *status) {
  cdw_object *object = nullptr;
  *status = guarded([&] {
    if (cd_start() != CD_OK) return int(CDW_NO_DICTIONARY);
    object = new cdw_object();
    // Values are read into memory at once: DCMTK would re-open the path later, when the file may
    // have been renamed.
    const OFCondition read =
      object->file.loadFile(path, EXS_Unknown, EGL_noChange, DCM_MaxReadLength, ERM_autoDetect);
    if (read.bad()) return read == EC_InvalidFilename ? int(CDW_NOT_FOUND) : int(CDW_UNREADABLE);
    return object->file.loadAllDataIntoMemory().good() ? int(CDW_OK) : int(CDW_UNREADABLE);
  });
  return kept(object, *status);
}

cdw_object *cdw_parse(const uint8_t *bytes, size_t count, const char *syntax, int *status) {
  cdw_object *object = nullptr;
  *status = guarded([&] {
    if (cd_start() != CD_OK) return int(CDW_NO_DICTIONARY);
    object = new cdw_object();
    DcmInputBufferStream stream;
    stream.setBuffer(bytes, static_cast<offile_off_t>(count));
    stream.setEos();
    DcmDataset *set = object->file.getDataset();
    set->transferInit();
    const OFCondition read =
      set->read(stream, DcmXfer(syntax).getXfer(), EGL_noChange, static_cast<Uint32>(0xFFFFFFFE));
    set->transferEnd();
    return read.good() ? int(CDW_OK) : int(CDW_UNREADABLE);
  });
  return kept(object, *status);
}

void cdw_close(cdw_object *object) { delete object; }

cdw_item *cdw_root(cdw_object *object) { return handleOf(object->file.getDataset()); }

int cdw_put_text(
  cdw_item *item, uint16_t group, uint16_t element, const char *bytes, size_t length) {
  return guarded([&] {
    if (length > 0xFFFFFFFEu) return int(CDW_BAD_VALUE);
    return valueStatus(itemOf(item)->putAndInsertString(
      DcmTag(group, element), length ? bytes : "", static_cast<Uint32>(length)));
  });
}

int cdw_put_short(cdw_item *item, uint16_t group, uint16_t element, const int32_t *values,
                  size_t count, int is_signed) {
  return guarded([&] {
    if (is_signed) {
      std::vector<Sint16> shorts(values, values + count);
      return valueStatus(itemOf(item)->putAndInsertSint16Array(
        DcmTag(group, element, EVR_SS), shorts.data(), count));
    }
    std::vector<Uint16> shorts(values, values + count);
    return valueStatus(itemOf(item)->putAndInsertUint16Array(
      DcmTag(group, element, EVR_US), shorts.data(), count));
  });
}

int cdw_put_ulong(cdw_item *item, uint16_t group, uint16_t element, const uint32_t *values,
                  size_t count) {
  return guarded([&] {
    auto made = std::make_unique<DcmUnsignedLong>(DcmTag(group, element));
    const OFCondition put = made->putUint32Array(values, count);
    if (put.bad()) return valueStatus(put);
    return valueStatus(itemOf(item)->insert(made.release(), OFTrue));
  });
}

int cdw_put_slong(cdw_item *item, uint16_t group, uint16_t element, const int32_t *values,
                  size_t count) {
  return guarded([&] {
    auto made = std::make_unique<DcmSignedLong>(DcmTag(group, element));
    const OFCondition put = made->putSint32Array(values, count);
    if (put.bad()) return valueStatus(put);
    return valueStatus(itemOf(item)->insert(made.release(), OFTrue));
  });
}

int cdw_put_double(cdw_item *item, uint16_t group, uint16_t element, const double *values,
                   size_t count) {
  return guarded([&] {
    return valueStatus(
      itemOf(item)->putAndInsertFloat64Array(DcmTag(group, element), values, count));
  });
}

int cdw_put_float(cdw_item *item, uint16_t group, uint16_t element, const float *values,
                  size_t count) {
  return guarded([&] {
    return valueStatus(
      itemOf(item)->putAndInsertFloat32Array(DcmTag(group, element), values, count));
  });
}

int cdw_put_tags(cdw_item *item, uint16_t group, uint16_t element, const uint16_t *pairs,
                 size_t count) {
  return guarded([&] {
    auto made = std::make_unique<DcmAttributeTag>(DcmTag(group, element));
    const OFCondition put = made->putUint16Array(pairs, count);
    if (put.bad()) return valueStatus(put);
    return valueStatus(itemOf(item)->insert(made.release(), OFTrue));
  });
}

int cdw_put_empty(cdw_item *item, uint16_t group, uint16_t element) {
  return guarded([&] {
    return valueStatus(itemOf(item)->insertEmptyElement(DcmTag(group, element), OFTrue));
  });
}

cdw_item *cdw_append_item(cdw_item *item, uint16_t group, uint16_t element) {
  DcmItem *made = nullptr;
  const int status = guarded([&] {
    return valueStatus(itemOf(item)->findOrCreateSequenceItem(DcmTag(group, element), made, -2));
  });
  return status == CDW_OK ? handleOf(made) : nullptr;
}

cdw_item *cdw_find_item(cdw_item *item, uint16_t group, uint16_t element, size_t index) {
  DcmItem *found = nullptr;
  guarded([&] {
    DcmSequenceOfItems *sequence = nullptr;
    if (itemOf(item)->findAndGetSequence(DcmTagKey(group, element), sequence).good() && sequence
        && index < sequence->card())
      found = sequence->getItem(index);
    return int(CDW_OK);
  });
  return handleOf(found);
}

size_t cdw_count_items(cdw_item *item, uint16_t group, uint16_t element) {
  size_t count = 0;
  guarded([&] {
    DcmSequenceOfItems *sequence = nullptr;
    if (itemOf(item)->findAndGetSequence(DcmTagKey(group, element), sequence).good() && sequence)
      count = sequence->card();
    return int(CDW_OK);
  });
  return count;
}

int cdw_has(cdw_item *item, uint16_t group, uint16_t element) {
  return itemOf(item)->tagExists(DcmTagKey(group, element)) ? 1 : 0;
}

size_t cdw_get_text(
  cdw_item *item, uint16_t group, uint16_t element, char *bytes, size_t capacity) {
  size_t length = 0;
  guarded([&] {
    DcmElement *found = nullptr;
    if (itemOf(item)->findAndGetElement(DcmTagKey(group, element), found).bad()) return 0;
    char *text = nullptr;
    Uint32 size = 0;
    if (!found->isaString() || found->getString(text, size).bad() || !text) return 0;
    while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\0')) size -= 1;
    length = size;
    std::memcpy(bytes, text, std::min<size_t>(size, capacity));
    return 0;
  });
  return length;
}

int cdw_get_integer(
  cdw_item *item, uint16_t group, uint16_t element, size_t index, int64_t *value) {
  return guarded([&] {
    const DcmTagKey key(group, element);
    Uint16 us = 0;
    Sint16 ss = 0;
    Uint32 ul = 0;
    Sint32 sl = 0;
    DcmItem *from = itemOf(item);
    if (from->findAndGetUint16(key, us, index).good()) return *value = us, int(CDW_OK);
    if (from->findAndGetSint16(key, ss, index).good()) return *value = ss, int(CDW_OK);
    if (from->findAndGetUint32(key, ul, index).good()) return *value = ul, int(CDW_OK);
    if (from->findAndGetSint32(key, sl, index).good()) return *value = sl, int(CDW_OK);
    return int(CDW_NOT_FOUND);
  });
}

int cdw_get_number(
  cdw_item *item, uint16_t group, uint16_t element, size_t index, double *value) {
  return guarded([&] {
    const DcmTagKey key(group, element);
    Float32 single = 0;
    if (itemOf(item)->findAndGetFloat64(key, *value, index).good()) return int(CDW_OK);
    if (itemOf(item)->findAndGetFloat32(key, single, index).good())
      return *value = single, int(CDW_OK);
    return int(CDW_NOT_FOUND);
  });
}

int cdw_is_valid(cdw_item *item, uint16_t group, uint16_t element) {
  int valid = 0;
  guarded([&] {
    DcmElement *found = nullptr;
    const DcmTagKey key(group, element);
    if (itemOf(item)->findAndGetElement(key, found).bad() || !found) return 0;
    valid = found->checkValue("1-n").good();
    return 0;
  });
  return valid;
}

int cdw_copy(cdw_item *to, cdw_item *from, uint16_t group, uint16_t element) {
  return guarded([&] {
    DcmElement *found = nullptr;
    if (itemOf(from)->findAndGetElement(DcmTagKey(group, element), found).bad() || !found)
      return int(CDW_NOT_FOUND);
    std::unique_ptr<DcmElement> copy(OFstatic_cast(DcmElement *, found->clone()));
    return valueStatus(itemOf(to)->insert(copy.release(), OFTrue));
  });
}
