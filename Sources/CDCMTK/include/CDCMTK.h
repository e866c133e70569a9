#ifndef CDCMTK_H
#define CDCMTK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Reading DICOM files through DCMTK and OpenJPEG, as plain C. No C++ exception and no log line
// leaves these functions. Bytes from strangers pass the guard in the DICOM target first: DCMTK
// itself has no limit on nesting or on sizes.

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cd_file cd_file;

typedef enum cd_status {
  CD_OK = 0,
  CD_UNREADABLE = 1,    // the file cannot be opened or read
  CD_INVALID = 2,       // not parsable as a data set
  CD_TRUNCATED = 3,     // ends before its declared lengths do
  CD_ABSENT = 4,        // no such element
  CD_UNSUPPORTED = 5,   // no decoder for this transfer syntax
  CD_CORRUPT = 6,       // the decoder refused the pixel data
  CD_TOO_SMALL = 7,     // the caller's buffer does not hold the result
  CD_NO_MEMORY = 8,
  CD_INTERNAL = 9,      // an unexpected exception
  CD_NO_DICTIONARY = 10 // DCMTK's data dictionary is not installed
} cd_status;

// One step of a path into nested sequences: the sequence and the item in it.
typedef struct cd_step {
  uint16_t group;
  uint16_t element;
  uint32_t item;
} cd_step;

// Registers the decoders and silences DCMTK's logger. Runs once, from any thread; every other
// function calls it. CD_NO_DICTIONARY when the data dictionary cannot be found.
cd_status cd_start(void);

// Version text of DCMTK, for reports. Static storage.
const char *cd_dcmtk_version(void);

// Keyword of a public tag, such as "PatientID"; empty when the dictionary has none. Always ends
// with a zero byte.
void cd_keyword(uint16_t group, uint16_t element, char *buffer, size_t size);

// Parses the file at `path`; with `header_only` stops before Pixel Data (7FE0,0010). `syntax` is the
// transfer syntax to read a stream without file meta information by, or NULL to detect it. One
// handle is used by one thread at a time; different handles are independent.
cd_status cd_open(const char *path, bool header_only, const char *syntax, cd_file **file);
// The same from memory: inflated data sets, and streams that need a cleaned-up beginning.
cd_status cd_open_bytes(
    const uint8_t *bytes, size_t count, bool header_only, const char *syntax, cd_file **file);
void cd_close(cd_file *file);

// Value of an element as text, multiple values separated by a backslash. `utf8` converts by the
// Specific Character Set (0008,0005) where that is known, and gives the bytes as they are where
// not. On CD_TOO_SMALL `*length` is the size needed, without the ending zero byte.
cd_status cd_text(
    cd_file *file, const cd_step *path, size_t steps, uint16_t group, uint16_t element, bool utf8,
    char *buffer, size_t size, size_t *length);
// An element of file meta information (group 0002).
cd_status cd_meta_text(
    cd_file *file, uint16_t element, char *buffer, size_t size, size_t *length);
// Numbers of a numeric element (US, SS, OW, UL, SL, FD, FL, DS, IS), at most `capacity` of them.
// `*count` is how many the element has.
cd_status cd_numbers(
    cd_file *file, const cd_step *path, size_t steps, uint16_t group, uint16_t element,
    double *values, size_t capacity, size_t *count);
// Number of items in a sequence; CD_ABSENT when there is none.
cd_status cd_item_count(
    cd_file *file, const cd_step *path, size_t steps, uint16_t group, uint16_t element,
    uint32_t *count);
// Does the data set have Pixel Data? Needs a file opened whole.
bool cd_has_pixel_data(cd_file *file);

// How one decoded frame lies in memory.
typedef struct cd_frame_layout {
  uint32_t bytes;           // size of the frame
  uint16_t bytes_a_sample;  // 1, 2 or 4; 0 for packed bits
  uint16_t samples_a_pixel;
  bool planar;              // colour by plane
  uint8_t precision;        // bits of the codestream; 0 when not known
  bool codestream_signed;   // JPEG 2000 only
} cd_frame_layout;

// Decodes frame `frame` (from 0) in host byte order to `buffer`. `syntax` is the transfer syntax of
// the file meta information: DCMTK does not know the newer ones and would misread them.
cd_status cd_frame(
    cd_file *file, const char *syntax, uint32_t frame, uint8_t *buffer, size_t size,
    cd_frame_layout *layout);

#ifdef __cplusplus
}
#endif

#endif
