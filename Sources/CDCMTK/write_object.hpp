// Private to the write_*.cpp files: what a cdw_object is, and the exception barrier.
#pragma once

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dctk.h"

#include "include/CDCMTK.h"
#include "include/CDCMTKWrite.h"

#include <new>

struct cdw_object {
  DcmFileFormat file;
};

// A cdw_item is a DcmItem under a name that C can carry.
inline DcmItem *itemOf(cdw_item *item) { return reinterpret_cast<DcmItem *>(item); }
inline cdw_item *handleOf(DcmItem *item) { return reinterpret_cast<cdw_item *>(item); }

inline int valueStatus(const OFCondition &condition) {
  return condition.good() ? CDW_OK : CDW_BAD_VALUE;
}

// No C++ exception may reach Swift frames.
template <typename Body> int guarded(Body body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return CDW_NO_MEMORY;
  } catch (...) {
    return CDW_INTERNAL;
  }
}
