#include "read_internal.h"

#include "dcmtk/dcmdata/dcpixel.h"

extern "C" cd_status cd_frame(
    cd_file *file, uint32_t frame, uint32_t fragment, uint8_t *buffer, size_t size,
    cd_frame_layout *layout) {
  return cd_guarded([&] {
    DcmElement *element = nullptr;
    if (file->dataset.findAndGetElement(DCM_PixelData, element).bad()) return CD_ABSENT;
    auto *pixels = dynamic_cast<DcmPixelData *>(element);
    if (pixels == nullptr) return CD_ABSENT;
    Uint32 bytes = 0;
    if (pixels->getUncompressedFrameSize(&file->dataset, bytes).bad() || bytes == 0)
      return CD_INVALID;
    // The decoders write an even number of bytes.
    const Uint32 even = bytes + (bytes & 1);
    if (even > size) return CD_TOO_SMALL;
    const unsigned long before = cd_damage_count();
    Uint32 start = fragment;
    OFString colour;
    const OFCondition condition = pixels->getUncompressedFrame(
        &file->dataset, frame, start, buffer, even, colour, nullptr);
    if (condition.bad()) {
      if (condition == EC_CannotChangeRepresentation) return CD_UNSUPPORTED;
      return condition == EC_MemoryExhausted ? CD_NO_MEMORY : CD_CORRUPT;
    }
    if (cd_damage_count() != before) return CD_CORRUPT;
    Uint16 allocated = 8, samples = 1, planar = 0;
    file->dataset.findAndGetUint16(DCM_BitsAllocated, allocated);
    file->dataset.findAndGetUint16(DCM_SamplesPerPixel, samples);
    file->dataset.findAndGetUint16(DCM_PlanarConfiguration, planar);
    *layout = cd_frame_layout{};
    layout->bytes = bytes;
    layout->bytes_a_sample = static_cast<uint16_t>(allocated / 8);
    layout->samples_a_pixel = samples;
    layout->planar = samples > 1 && planar == 1;
    return CD_OK;
  });
}
