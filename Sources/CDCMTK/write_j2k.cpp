// Lossless JPEG 2000 through OpenJPEG: DCMTK has no encoder for it.
#include "write_object.hpp"

#include <openjpeg.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace {

struct Sink {
  std::vector<uint8_t> bytes;
  size_t position = 0;
};

OPJ_SIZE_T writeBytes(void *buffer, OPJ_SIZE_T count, void *data) {
  auto *sink = static_cast<Sink *>(data);
  try {
    if (sink->bytes.size() < sink->position + count) sink->bytes.resize(sink->position + count);
  } catch (...) {
    return static_cast<OPJ_SIZE_T>(-1);
  }
  std::memcpy(sink->bytes.data() + sink->position, buffer, count);
  sink->position += count;
  return count;
}

OPJ_BOOL seekTo(OPJ_OFF_T position, void *data) {
  if (position < 0) return OPJ_FALSE;
  static_cast<Sink *>(data)->position = static_cast<size_t>(position);
  return OPJ_TRUE;
}

OPJ_OFF_T skipBytes(OPJ_OFF_T count, void *data) {
  static_cast<Sink *>(data)->position += static_cast<size_t>(count);
  return count;
}

struct FreeImage { void operator()(opj_image_t *image) const { opj_image_destroy(image); } };
struct FreeCodec { void operator()(opj_codec_t *codec) const { opj_destroy_codec(codec); } };
struct FreeStream { void operator()(opj_stream_t *stream) const { opj_stream_destroy(stream); } };

int sampleAt(const void *samples, size_t index, int bits_allocated, bool is_signed) {
  if (bits_allocated == 8) return static_cast<const uint8_t *>(samples)[index];
  const uint16_t value = static_cast<const uint16_t *>(samples)[index];
  return is_signed ? static_cast<int16_t>(value) : value;
}

std::unique_ptr<opj_image_t, FreeImage> makeImage(
  const void *samples, size_t columns, size_t rows, int components, int bits_allocated,
  int bits_stored, bool is_signed) {
  std::vector<opj_image_cmptparm_t> parameters(components);
  for (auto &one : parameters) {
    std::memset(&one, 0, sizeof one);
    one.dx = one.dy = 1;
    one.w = static_cast<OPJ_UINT32>(columns);
    one.h = static_cast<OPJ_UINT32>(rows);
    one.prec = one.bpp = static_cast<OPJ_UINT32>(bits_stored);
    one.sgnd = is_signed;
  }
  std::unique_ptr<opj_image_t, FreeImage> image(opj_image_create(
    static_cast<OPJ_UINT32>(components), parameters.data(),
    components == 3 ? OPJ_CLRSPC_SRGB : OPJ_CLRSPC_GRAY));
  if (!image) return image;
  image->x1 = static_cast<OPJ_UINT32>(columns);
  image->y1 = static_cast<OPJ_UINT32>(rows);
  for (int c = 0; c < components; c++)
    for (size_t i = 0; i < columns * rows; i++)
      image->comps[c].data[i] = sampleAt(samples, i * components + c, bits_allocated, is_signed);
  return image;
}

}  // namespace

int cdw_encode_j2k(const void *samples, size_t columns, size_t rows, int components,
                   int bits_allocated, int bits_stored, int is_signed, uint8_t **bytes,
                   size_t *length) {
  return guarded([&] {
    auto image = makeImage(
      samples, columns, rows, components, bits_allocated, bits_stored, is_signed != 0);
    if (!image) return int(CDW_NO_MEMORY);
    opj_cparameters_t parameters;
    opj_set_default_encoder_parameters(&parameters);
    parameters.irreversible = 0;
    parameters.tcp_numlayers = 1;
    parameters.tcp_rates[0] = 0;  // 0: lossless
    parameters.cp_disto_alloc = 1;
    parameters.tcp_mct = components == 3;
    // Each resolution halves the size: no level may shrink a side below one pixel.
    const size_t side = columns < rows ? columns : rows;
    while (parameters.numresolution > 1 && (side >> (parameters.numresolution - 1)) == 0)
      parameters.numresolution -= 1;
    std::unique_ptr<opj_codec_t, FreeCodec> codec(opj_create_compress(OPJ_CODEC_J2K));
    Sink sink;
    std::unique_ptr<opj_stream_t, FreeStream> stream(opj_stream_create(1 << 20, OPJ_FALSE));
    if (!codec || !stream) return int(CDW_NO_MEMORY);
    opj_stream_set_user_data(stream.get(), &sink, nullptr);
    opj_stream_set_write_function(stream.get(), writeBytes);
    opj_stream_set_seek_function(stream.get(), seekTo);
    opj_stream_set_skip_function(stream.get(), skipBytes);
    if (!opj_setup_encoder(codec.get(), &parameters, image.get())
        || !opj_start_compress(codec.get(), image.get(), stream.get())
        || !opj_encode(codec.get(), stream.get()) || !opj_end_compress(codec.get(), stream.get()))
      return int(CDW_CANNOT_ENCODE);
    *bytes = static_cast<uint8_t *>(std::malloc(sink.bytes.size()));
    if (!*bytes) return int(CDW_NO_MEMORY);
    std::memcpy(*bytes, sink.bytes.data(), sink.bytes.size());
    *length = sink.bytes.size();
    return int(CDW_OK);
  });
}

void cdw_free(void *memory) { std::free(memory); }
