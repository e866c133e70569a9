#ifndef CDCMTK_READ_INTERNAL_H
#define CDCMTK_READ_INTERNAL_H

#include "CDCMTK.h"

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dctk.h"

#include <memory>
#include <string>
#include <vector>

// An open file: the parsed data set and where decoding has come to.
struct cd_file {
  DcmFileFormat format;
  uint32_t next_frame = 0;      // frame whose first fragment is `next_fragment`
  Uint32 next_fragment = 0;
};

cd_status cd_status_of(const OFCondition &condition);

// The item a path leads to, or NULL.
DcmItem *cd_walk(cd_file *file, const cd_step *path, size_t steps);

// JPEG 2000 and HTJ2K, one codestream or JP2 file to interleaved samples.
cd_status cd_decode_j2k(
    const uint8_t *stream, size_t count, uint32_t rows, uint32_t columns, uint8_t *buffer,
    size_t size, cd_frame_layout *layout);

// The joined fragments of one encapsulated frame.
cd_status cd_encapsulated_frame(
    cd_file *file, uint32_t frame, uint32_t frames, std::vector<uint8_t> &stream);

#endif
