// Saving: nobody ever sees half a file under its final name.
#include "write_object.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace {

bool syncPath(const std::string &path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool synced = ::fsync(descriptor) == 0;
  return ::close(descriptor) == 0 && synced;
}

std::string folderOf(const std::string &path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

int cdw_save(cdw_object *object, const char *path, const char *syntax) {
  std::string temporary;
  const int status = guarded([&] {
    if (!dcmDataDict.isDictionaryLoaded()) return int(CDW_NO_DICTIONARY);
    const std::string final(path);
    const std::string folder = folderOf(final);
    const DcmXfer xfer(syntax);
    if (xfer.getXfer() == EXS_Unknown) return int(CDW_CANNOT_ENCODE);
    if (!object->file.getDataset()->canWriteXfer(xfer.getXfer())) return int(CDW_CANNOT_ENCODE);
    temporary = folder + "/.pleura-" + std::to_string(::getpid()) + "-"
      + std::to_string(reinterpret_cast<uintptr_t>(object)) + ".part";
    const OFCondition saved = object->file.saveFile(
      temporary.c_str(), xfer.getXfer(), EET_ExplicitLength, EGL_recalcGL, EPD_noChange, 0, 0,
      EWM_fileformat);
    if (saved.bad()) return int(CDW_CANNOT_WRITE);
    if (!syncPath(temporary, O_RDONLY)) return int(CDW_CANNOT_WRITE);
    if (::rename(temporary.c_str(), path) != 0) return int(CDW_CANNOT_WRITE);
    temporary.clear();
    return syncPath(folder, O_RDONLY | O_DIRECTORY) ? int(CDW_OK) : int(CDW_CANNOT_WRITE);
  });
  if (!temporary.empty()) ::unlink(temporary.c_str());
  return status;
}
