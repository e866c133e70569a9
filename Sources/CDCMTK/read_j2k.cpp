#include "read_internal.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <openjpeg.h>

namespace {

struct Source {
  const uint8_t *bytes;
  size_t count;
  size_t position;
};

OPJ_SIZE_T read(void *buffer, OPJ_SIZE_T wanted, void *data) {
  auto *source = static_cast<Source *>(data);
  const size_t given = std::min<size_t>(wanted, source->count - source->position);
  if (given == 0) return static_cast<OPJ_SIZE_T>(-1);
  std::memcpy(buffer, source->bytes + source->position, given);
  source->position += given;
  return given;
}

OPJ_OFF_T skip(OPJ_OFF_T wanted, void *data) {
  auto *source = static_cast<Source *>(data);
  if (wanted < 0) return -1;
  const size_t left = source->count - source->position;
  const size_t given = std::min<size_t>(static_cast<size_t>(wanted), left);
  if (given == 0 && wanted != 0) return -1;
  source->position += given;
  return static_cast<OPJ_OFF_T>(given);
}

OPJ_BOOL seek(OPJ_OFF_T position, void *data) {
  auto *source = static_cast<Source *>(data);
  if (position < 0 || static_cast<size_t>(position) > source->count) return OPJ_FALSE;
  source->position = static_cast<size_t>(position);
  return OPJ_TRUE;
}

void silent(const char *, void *) {}

using Stream = std::unique_ptr<opj_stream_t, decltype(&opj_stream_destroy)>;
using Codec = std::unique_ptr<opj_codec_t, decltype(&opj_destroy_codec)>;
using Picture = std::unique_ptr<opj_image_t, decltype(&opj_image_destroy)>;

// Same size and depth for all components, no subsampling, and the size that the header declares.
bool fits(const opj_image_t &image, uint32_t rows, uint32_t columns) {
  if (image.numcomps != 1 && image.numcomps != 3) return false;
  for (OPJ_UINT32 k = 0; k < image.numcomps; ++k) {
    const auto &c = image.comps[k];
    if (c.w != columns || c.h != rows || c.dx != 1 || c.dy != 1) return false;
    if (c.prec < 1 || c.prec > 32 || c.prec != image.comps[0].prec) return false;
    if (c.sgnd != image.comps[0].sgnd) return false;
  }
  return true;
}

template <class Sample> void store(const opj_image_t &image, size_t pixels, uint8_t *buffer) {
  auto *out = reinterpret_cast<Sample *>(buffer);
  const OPJ_UINT32 samples = image.numcomps;
  for (OPJ_UINT32 k = 0; k < samples; ++k) {
    const OPJ_INT32 *in = image.comps[k].data;
    for (size_t i = 0; i < pixels; ++i) out[i * samples + k] = static_cast<Sample>(in[i]);
  }
}

cd_status decode(
    opj_codec_t *codec, opj_stream_t *stream, uint32_t rows, uint32_t columns, uint8_t *buffer,
    size_t size, cd_frame_layout *layout) {
  opj_image_t *header = nullptr;
  if (!opj_read_header(stream, codec, &header)) {
    if (header != nullptr) opj_image_destroy(header);
    return CD_CORRUPT;
  }
  Picture image(header, opj_image_destroy);
  // Before decoding: a codestream may claim any size.
  if (!fits(*image, rows, columns)) return CD_CORRUPT;
  const OPJ_UINT32 precision = image->comps[0].prec;
  const size_t width = precision <= 8 ? 1 : precision <= 16 ? 2 : 4;
  const size_t pixels = static_cast<size_t>(rows) * columns;
  *layout = cd_frame_layout{};
  layout->bytes = pixels * image->numcomps * width;
  if (layout->bytes > size) return CD_TOO_SMALL;
  if (!opj_decode(codec, stream, image.get())) return CD_CORRUPT;
  if (!opj_end_decompress(codec, stream)) return CD_CORRUPT;
  for (OPJ_UINT32 k = 0; k < image->numcomps; ++k)
    if (image->comps[k].data == nullptr) return CD_CORRUPT;
  if (width == 1) store<uint8_t>(*image, pixels, buffer);
  else if (width == 2) store<uint16_t>(*image, pixels, buffer);
  else store<uint32_t>(*image, pixels, buffer);
  layout->bytes_a_sample = static_cast<uint16_t>(width);
  layout->samples_a_pixel = static_cast<uint16_t>(image->numcomps);
  layout->precision = static_cast<uint8_t>(precision);
  layout->codestream_signed = image->comps[0].sgnd != 0;
  return CD_OK;
}

}  // namespace

extern "C" cd_status cd_j2k(
    const uint8_t *stream, size_t count, uint32_t rows, uint32_t columns, uint8_t *buffer,
    size_t size, cd_frame_layout *layout) {
  return cd_guarded([&] {
    if (count < 12) return CD_CORRUPT;
    const bool jp2 = std::memcmp(stream + 4, "jP  ", 4) == 0;
    Source source{stream, count, 0};
    Stream input(opj_stream_create(1 << 16, OPJ_TRUE), opj_stream_destroy);
    Codec codec(
        opj_create_decompress(jp2 ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K), opj_destroy_codec);
    if (!input || !codec) return CD_NO_MEMORY;
    opj_stream_set_user_data(input.get(), &source, nullptr);
    opj_stream_set_user_data_length(input.get(), count);
    opj_stream_set_read_function(input.get(), read);
    opj_stream_set_skip_function(input.get(), skip);
    opj_stream_set_seek_function(input.get(), seek);
    opj_set_info_handler(codec.get(), silent, nullptr);
    opj_set_warning_handler(codec.get(), silent, nullptr);
    opj_set_error_handler(codec.get(), silent, nullptr);
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    if (!opj_setup_decoder(codec.get(), &parameters)) return CD_INTERNAL;
    return decode(codec.get(), input.get(), rows, columns, buffer, size, layout);
  });
}
