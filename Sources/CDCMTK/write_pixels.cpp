// Pixel data: native samples, ready-made bitstreams, and encoding into a transfer syntax.
#include "write_object.hpp"

#include "dcmtk/dcmdata/dcpixel.h"
#include "dcmtk/dcmdata/dcpixseq.h"
#include "dcmtk/dcmdata/dcpxitem.h"
#include "dcmtk/dcmdata/dcrleerg.h"
#include "dcmtk/dcmjpeg/djencode.h"
#include "dcmtk/dcmjpeg/djrploss.h"
#include "dcmtk/dcmjpeg/djrplol.h"
#include "dcmtk/dcmjpls/djencode.h"
#include "dcmtk/dcmjpls/djrparam.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace {

// UIDs stay those of the caller even for lossy encodings: they name the object that is written, and
// no uncompressed twin of it leaves this program.
void registerEncoders() {
  static std::once_flag once;
  std::call_once(once, [] {
    DcmRLEEncoderRegistration::registerCodecs(OFFalse, 0, OFTrue, OFFalse);
    DJEncoderRegistration::registerCodecs(ECC_lossyYCbCr, EUC_never);
    DJLSEncoderRegistration::registerCodecs(
      0, 0, 0, 0, OFTrue, 0, OFTrue, EJLSUC_never, OFFalse);
  });
}

// One frame of one fragment; the pixel item pads to even length with a zero byte, which a JPEG
// reader meets after the end-of-image marker.
OFCondition appendFrame(DcmPixelSequence &sequence, const uint8_t *bytes, size_t length) {
  std::vector<Uint8> even(bytes, bytes + length);
  if (even.size() % 2) even.push_back(0);
  auto item = std::make_unique<DcmPixelItem>(DCM_PixelItemTag, EVR_OB);
  OFCondition result = item->putUint8Array(even.data(), even.size());
  if (result.good()) result = sequence.insert(item.release());
  return result;
}

}  // namespace

int cdw_put_pixels16(cdw_item *item, const uint16_t *samples, size_t count) {
  return guarded([&] {
    // Made as DcmPixelData by hand: putAndInsert makes a plain OW element, which no codec takes.
    auto pixels = std::make_unique<DcmPixelData>(DcmTag(DCM_PixelData, EVR_OW));
    const OFCondition put = pixels->putUint16Array(samples, count);
    if (put.bad()) return valueStatus(put);
    return valueStatus(itemOf(item)->insert(pixels.release(), OFTrue));
  });
}

int cdw_put_pixels8(cdw_item *item, const uint8_t *bytes, size_t count) {
  return guarded([&] {
    std::vector<Uint8> even(bytes, bytes + count);
    if (even.size() % 2) even.push_back(0);
    auto pixels = std::make_unique<DcmPixelData>(DcmTag(DCM_PixelData, EVR_OB));
    const OFCondition put = pixels->putUint8Array(even.data(), even.size());
    if (put.bad()) return valueStatus(put);
    return valueStatus(itemOf(item)->insert(pixels.release(), OFTrue));
  });
}

int cdw_put_encapsulated(cdw_object *object, const char *syntax, const uint8_t *const *frames,
                         const size_t *lengths, size_t count) {
  return guarded([&] {
    const DcmXfer xfer(syntax);
    if (!xfer.isEncapsulated()) return int(CDW_CANNOT_ENCODE);
    auto sequence = std::make_unique<DcmPixelSequence>(DcmTag(DCM_PixelData, EVR_OB));
    auto offsets = std::make_unique<DcmPixelItem>(DCM_PixelItemTag, EVR_OB);
    std::vector<Uint8> table;
    uint32_t offset = 0;
    for (size_t i = 0; i < count; i++) {
      for (int shift = 0; shift < 32; shift += 8) table.push_back((offset >> shift) & 0xFF);
      offset += 8 + lengths[i] + lengths[i] % 2;
    }
    if (offsets->putUint8Array(table.data(), table.size()).bad()) return int(CDW_BAD_VALUE);
    if (sequence->insert(offsets.release()).bad()) return int(CDW_INTERNAL);
    for (size_t i = 0; i < count; i++)
      if (appendFrame(*sequence, frames[i], lengths[i]).bad()) return int(CDW_BAD_VALUE);
    auto pixels = std::make_unique<DcmPixelData>(DcmTag(DCM_PixelData, EVR_OB));
    pixels->putOriginalRepresentation(xfer.getXfer(), nullptr, sequence.release());
    return valueStatus(object->file.getDataset()->insert(pixels.release(), OFTrue));
  });
}

namespace {

// DCMTK 3.6.7 leaves the byte that makes a JPEG-LS fragment even as it was in memory: another file
// each time, and a byte of ours given away. Behind the end marker FF D9 it becomes zero.
void clearPadding(DcmDataset &set, const DcmXfer &xfer) {
  DcmElement *element = nullptr;
  if (!xfer.isEncapsulated() || set.findAndGetElement(DCM_PixelData, element).bad()) return;
  auto *pixels = dynamic_cast<DcmPixelData *>(element);
  E_TransferSyntax syntax = EXS_Unknown;
  const DcmRepresentationParameter *parameter = nullptr;
  DcmPixelSequence *sequence = nullptr;
  if (!pixels) return;
  pixels->getCurrentRepresentationKey(syntax, parameter);
  if (pixels->getEncapsulatedRepresentation(syntax, parameter, sequence).bad() || !sequence) return;
  for (unsigned long index = 1; index < sequence->card(); index++) {
    DcmPixelItem *item = nullptr;
    Uint8 *bytes = nullptr;
    if (sequence->getItem(item, index).bad() || item->getUint8Array(bytes).bad() || !bytes) continue;
    const size_t size = item->getLength();
    if (size >= 3 && bytes[size - 3] == 0xFF && bytes[size - 2] == 0xD9) bytes[size - 1] = 0;
  }
}

}  // namespace


int cdw_encode(cdw_object *object, const char *syntax, int quality) {
  return guarded([&] {
    registerEncoders();
    const DcmXfer xfer(syntax);
    const DJ_RPLossless lossless;
    const DJ_RPLossy lossy(quality);
    const DJLSRepresentationParameter jpegLS(0, OFTrue);
    const DcmRepresentationParameter *parameter = nullptr;
    switch (xfer.getXfer()) {
    case EXS_JPEGProcess1: case EXS_JPEGProcess2_4: parameter = &lossy; break;
    case EXS_JPEGProcess14SV1: case EXS_JPEGProcess14: parameter = &lossless; break;
    case EXS_JPEGLSLossless: parameter = &jpegLS; break;
    default: break;
    }
    DcmDataset *set = object->file.getDataset();
    if (set->chooseRepresentation(xfer.getXfer(), parameter).bad())
      return int(CDW_CANNOT_ENCODE);
    if (!set->canWriteXfer(xfer.getXfer())) return int(CDW_CANNOT_ENCODE);
    set->removeAllButCurrentRepresentations();
    clearPadding(*set, xfer);
    return int(CDW_OK);
  });
}

int cdw_unpack_bits(cdw_object *object, size_t frame, size_t pixels, uint8_t *out) {
  return guarded([&] {
    DcmElement *element = nullptr;
    DcmDataset *set = object->file.getDataset();
    if (set->findAndGetElement(DCM_PixelData, element).bad()) return int(CDW_NOT_FOUND);
    const size_t first = frame * pixels;
    // Frames follow each other without padding (PS3.5 8.1.1): one long string of bits, least
    // significant first.
    if (first + pixels > size_t(element->getLength()) * 8) return int(CDW_BAD_VALUE);
    Uint8 *bytes = nullptr;
    Uint16 *words = nullptr;
    if (element->getVR() != EVR_OW && element->getUint8Array(bytes).good() && bytes) {
      for (size_t i = 0, b = first; i < pixels; i++, b++) out[i] = bytes[b >> 3] >> (b & 7) & 1;
      return int(CDW_OK);
    }
    if (element->getUint16Array(words).bad() || !words) return int(CDW_UNREADABLE);
    for (size_t i = 0, b = first; i < pixels; i++, b++) out[i] = words[b >> 4] >> (b & 15) & 1;
    return int(CDW_OK);
  });
}
