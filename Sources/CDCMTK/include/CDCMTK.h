#ifndef CDCMTK_H
#define CDCMTK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Reading DICOM data sets through DCMTK, and JPEG 2000 through OpenJPEG, as plain C. No C++
// exception and no log line leaves these functions. Bytes from strangers pass the guard in the
// DICOM target first: DCMTK itself has no limit on nesting or on sizes.
//
// Everything is read from memory. That keeps DCMTK from re-opening a path for a value later, when
// the file may have been moved, and makes the bytes parsed the same as the bytes guarded.

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cd_file cd_file;

typedef enum cd_status {
  CD_OK = 0,
  CD_INVALID = 1,        // not parsable as a data set
  CD_TRUNCATED = 2,      // ends before its declared lengths do
  CD_ABSENT = 3,         // no such element
  CD_UNSUPPORTED = 4,    // no decoder for this transfer syntax or pixel format
  CD_CORRUPT = 5,        // the decoder refused the pixel data, or warned that it is damaged
  CD_TOO_SMALL = 6,      // the caller's buffer does not hold the result
  CD_NO_MEMORY = 7,
  CD_INTERNAL = 8,       // an unexpected exception
  CD_NO_DICTIONARY = 9   // DCMTK's data dictionary is not installed
} cd_status;

// One step of a path into nested sequences: the sequence and the item in it, from 0.
typedef struct cd_step {
  uint16_t group;
  uint16_t element;
  uint32_t item;
} cd_step;

// Registers the decoders and silences DCMTK's logger. Runs once, from any thread; the functions
// that need it call it. CD_NO_DICTIONARY when the data dictionary cannot be found.
cd_status cd_start(void);

// Version text of DCMTK, for reports. Static storage.
const char *cd_dcmtk_version(void);

// Keyword of a public tag, such as "PatientID"; empty when the dictionary has none. Always ends
// with a zero byte.
void cd_keyword(uint16_t group, uint16_t element, char *buffer, size_t size);
// Does the dictionary know the public tag as a sequence?
bool cd_is_sequence(uint16_t group, uint16_t element);

// Parses a data set (no preamble, no file meta information) in transfer syntax `syntax`. One that
// DCMTK does not know is parsed as explicit VR little endian. `bytes` may go after the call. One
// handle is used by one thread at a time; different handles are independent.
cd_status cd_open(const uint8_t *bytes, size_t count, const char *syntax, cd_file **file);
void cd_close(cd_file *file);

// Value of an element as text, multiple values separated by a backslash. `utf8` converts by the
// Specific Character Set (0008,0005) where DCMTK can, and gives the bytes as they are where it
// cannot. `*length` is the length without the ending zero byte, also on CD_TOO_SMALL.
cd_status cd_text(
    cd_file *file, const cd_step *path, size_t steps, uint16_t group, uint16_t element, bool utf8,
    char *buffer, size_t size, size_t *length);
// Numbers of a numeric element (US, SS, OW, UL, SL, FD, FL, DS, IS), at most `capacity` of them.
// `*count` is how many the element has.
cd_status cd_numbers(
    cd_file *file, const cd_step *path, size_t steps, uint16_t group, uint16_t element,
    double *values, size_t capacity, size_t *count);
// Number of items in a sequence; CD_ABSENT when there is none.
cd_status cd_item_count(
    cd_file *file, const cd_step *path, size_t steps, uint16_t group, uint16_t element,
    uint32_t *count);

// How one decoded frame lies in memory.
typedef struct cd_frame_layout {
  size_t bytes;             // size of the frame
  uint16_t bytes_a_sample;  // 1, 2 or 4
  uint16_t samples_a_pixel;
  bool planar;              // colour by plane
  uint8_t precision;        // bits of the codestream; 0 when not known
  bool codestream_signed;   // JPEG 2000 only
} cd_frame_layout;

// Decodes an encapsulated JPEG or JPEG-LS frame, in host byte order. `frame` counts from 0;
// `fragment` is the item of the pixel sequence where it begins (item 0 is the offset table).
cd_status cd_frame(
    cd_file *file, uint32_t frame, uint32_t fragment, uint8_t *buffer, size_t size,
    cd_frame_layout *layout);

// Decodes one JPEG 2000 or HTJ2K codestream (or JP2 file) to interleaved samples. Its size must be
// `rows` by `columns`.
cd_status cd_j2k(
    const uint8_t *stream, size_t count, uint32_t rows, uint32_t columns, uint8_t *buffer,
    size_t size, cd_frame_layout *layout);

#ifdef __cplusplus
}
#endif

#endif
