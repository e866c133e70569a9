#ifndef CDCMTK_READ_INTERNAL_H
#define CDCMTK_READ_INTERNAL_H

#include "CDCMTK.h"

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dctk.h"

#include <new>

struct cd_file {
  DcmDataset dataset;
};

// The item a path leads to, or NULL.
DcmItem *cd_walk(cd_file *file, const cd_step *path, size_t steps);

cd_status cd_status_of(const OFCondition &condition);

// How often a decoder told of damaged data on this thread.
unsigned long cd_damage_count();

// Runs `body` and turns what it throws into a status.
template <class Body> cd_status cd_guarded(Body body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return CD_NO_MEMORY;
  } catch (...) {
    return CD_INTERNAL;
  }
}

#endif
