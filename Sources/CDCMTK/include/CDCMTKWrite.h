#ifndef CDCMTK_WRITE_H
#define CDCMTK_WRITE_H

// Writing DICOM objects through DCMTK, as plain C.

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __cplusplus
}
#endif

#endif
