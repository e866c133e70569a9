/* Building and saving DICOM data sets: a thin, exception-free door to DCMTK's writing side.
 *
 * The caller (Swift, DICOM/Write) decides every attribute; this layer only stores, encodes and saves.
 * A `cdw_object` is owned by the caller and used by one thread at a time. A `cdw_item` is a borrowed
 * pointer into an object and dies with it. Functions returning int answer CDW_OK or a CDW_* code.
 */
#ifndef CDCMTK_WRITE_H
#define CDCMTK_WRITE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cdw_object cdw_object;
typedef struct cdw_item cdw_item;

enum {
  CDW_OK = 0,
  CDW_NOT_FOUND = 1,       /* the asked attribute or file is absent */
  CDW_UNREADABLE = 2,      /* DCMTK cannot parse the file */
  CDW_BAD_VALUE = 3,       /* the value does not fit the attribute */
  CDW_CANNOT_ENCODE = 4,   /* the transfer syntax cannot hold these pixels */
  CDW_CANNOT_WRITE = 5,    /* the file system refused */
  CDW_NO_MEMORY = 6,
  CDW_INTERNAL = 7,
  CDW_NO_DICTIONARY = 8    /* the data dictionary of DCMTK is not installed */
};

/* An empty data set; NULL without memory. */
cdw_object *cdw_create(void);
/* A whole file that is known to be harmless; NULL sets *status. */
cdw_object *cdw_open(const char *path, int *status);
/* A data set without file meta information in an uncompressed transfer syntax (a UID), read into
 * memory; NULL sets *status. */
cdw_object *cdw_parse(const uint8_t *bytes, size_t count, const char *syntax, int *status);
void cdw_close(cdw_object *object);
/* The data set itself as an item. */
cdw_item *cdw_root(cdw_object *object);

/* Value representation is that of the dictionary. `length` bytes, any content (raw bytes kept). */
int cdw_put_text(
  cdw_item *item, uint16_t group, uint16_t element, const char *bytes, size_t length);
/* US, or SS where `is_signed` (needed where the dictionary leaves the choice). */
int cdw_put_short(cdw_item *item, uint16_t group, uint16_t element, const int32_t *values,
                  size_t count, int is_signed);
int cdw_put_ulong(cdw_item *item, uint16_t group, uint16_t element, const uint32_t *values,
                  size_t count);
int cdw_put_slong(cdw_item *item, uint16_t group, uint16_t element, const int32_t *values,
                  size_t count);
int cdw_put_double(cdw_item *item, uint16_t group, uint16_t element, const double *values,
                   size_t count);
int cdw_put_float(cdw_item *item, uint16_t group, uint16_t element, const float *values,
                  size_t count);
/* AT: pairs of group and element, `count` pairs. */
int cdw_put_tags(cdw_item *item, uint16_t group, uint16_t element, const uint16_t *pairs,
                 size_t count);
/* No value; a sequence without items. */
int cdw_put_empty(cdw_item *item, uint16_t group, uint16_t element);
/* A new last item of a sequence, made when absent; NULL on failure. */
cdw_item *cdw_append_item(cdw_item *item, uint16_t group, uint16_t element);
/* An existing item (from 0) of a sequence, or NULL. */
cdw_item *cdw_find_item(cdw_item *item, uint16_t group, uint16_t element, size_t index);
/* Number of items of a sequence; 0 when absent. */
size_t cdw_count_items(cdw_item *item, uint16_t group, uint16_t element);
int cdw_has(cdw_item *item, uint16_t group, uint16_t element);
/* The raw bytes of a text attribute, without padding: returns their number (0 when absent or empty)
 * and copies at most `capacity` of them. */
size_t cdw_get_text(cdw_item *item, uint16_t group, uint16_t element, char *bytes, size_t capacity);
/* US, SS, UL, SL or IS at `index`; CDW_NOT_FOUND when absent. */
int cdw_get_integer(cdw_item *item, uint16_t group, uint16_t element, size_t index, int64_t *value);
/* DS, FL or FD at `index`; CDW_NOT_FOUND when absent. */
int cdw_get_number(cdw_item *item, uint16_t group, uint16_t element, size_t index, double *value);
/* Does the value keep the rules of its value representation (PS3.5 6.2)? 0 also when absent. */
int cdw_is_valid(cdw_item *item, uint16_t group, uint16_t element);
/* A deep copy of one attribute, bytes unchanged; CDW_NOT_FOUND when the source lacks it. */
int cdw_copy(cdw_item *to, cdw_item *from, uint16_t group, uint16_t element);

/* Native pixel data. `count` samples of 16 bits, or bytes. */
int cdw_put_pixels16(cdw_item *item, const uint16_t *samples, size_t count);
int cdw_put_pixels8(cdw_item *item, const uint8_t *bytes, size_t count);
/* Pixel data that are already compressed: one frame per entry, each kept byte for byte in one
 * fragment (padded to even length). `syntax` is the UID they are in. */
int cdw_put_encapsulated(cdw_object *object, const char *syntax, const uint8_t *const *frames,
                         const size_t *lengths, size_t count);

/* Brings the pixel data into `syntax` (a UID). `quality` 1...100 is for lossy JPEG alone. */
int cdw_encode(cdw_object *object, const char *syntax, int quality);
/* One native frame as a lossless JPEG 2000 codestream (malloc'd; free with cdw_free). */
int cdw_encode_j2k(const void *samples, size_t columns, size_t rows, int components,
                   int bits_allocated, int bits_stored, int is_signed, uint8_t **bytes,
                   size_t *length);
void cdw_free(void *memory);

/* Writes to a temporary name in the folder of `path`, fsync, rename, fsync of the folder. */
int cdw_save(cdw_object *object, const char *path, const char *syntax);

/* Bit-packed (1 bit allocated) pixel data of frame `frame` as one byte a pixel, 0 or 1. */
int cdw_unpack_bits(cdw_object *object, size_t frame, size_t pixels, uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif
