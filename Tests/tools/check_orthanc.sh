#!/bin/bash
# Stores every DICOM file of a folder in an Orthanc of its own (loopback, throw-away storage), reads
# each back and compares it byte for byte, and data set for data set where the bytes differ.
# usage: check_orthanc.sh FOLDER       exit 0 all equal, 1 a difference, 77 no Orthanc here
set -u
folder=${1:?usage: check_orthanc.sh FOLDER}
http=${PLEURA_ORTHANC_HTTP:-18042}
dicom=${PLEURA_ORTHANC_DICOM:-14242}
server=$(command -v Orthanc || ls /usr/sbin/Orthanc 2>/dev/null) || true
[ -n "$server" ] || { echo "skipped: Orthanc is not installed (Debian package orthanc)"; exit 77; }
command -v dcmdump curl >/dev/null || { echo "skipped: needs dcmtk and curl"; exit 77; }

work=$(mktemp -d)
cat >"$work/orthanc.json" <<JSON
{ "Name": "pleura-check", "StorageDirectory": "$work/db", "IndexDirectory": "$work/db",
  "HttpPort": $http, "DicomPort": $dicom, "RemoteAccessAllowed": false,
  "AuthenticationEnabled": false, "Plugins": [], "OverwriteInstances": false,
  "DicomAlwaysAllowStore": true, "StoreDicom": true }
JSON
"$server" "$work/orthanc.json" >"$work/log" 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null; wait $pid 2>/dev/null; rm -rf "$work"' EXIT
url=http://127.0.0.1:$http
for _ in $(seq 100); do
  curl -sf "$url/system" >/dev/null && break
  kill -0 $pid 2>/dev/null || { echo "Orthanc did not start:"; tail -5 "$work/log"; exit 1; }
  sleep 0.2
done

same=0 bad=0
while IFS= read -r -d '' file; do
  answer=$(curl -sf -X POST "$url/instances" --data-binary @"$file") || {
    echo "REFUSED ${file##*/}"; bad=$((bad + 1)); continue; }
  id=$(sed -n 's/.*"ID" *: *"\([^"]*\)".*/\1/p' <<<"$answer")
  curl -sf "$url/instances/$id/file" -o "$work/back.dcm" || { bad=$((bad + 1)); continue; }
  if cmp -s "$file" "$work/back.dcm"; then
    same=$((same + 1))
  elif diff -q <(dcmdump -q +L "$file" | grep -v '^(0002,\|^#') \
      <(dcmdump -q +L "$work/back.dcm" | grep -v '^(0002,\|^#') >/dev/null; then
    echo "equal data set, other bytes: ${file##*/}"
    same=$((same + 1))
  else
    echo "DIFFERENT ${file##*/}"
    bad=$((bad + 1))
  fi
  curl -sf -X DELETE "$url/instances/$id" >/dev/null
done < <(find "$folder" -type f -name '*.dcm' -print0 | sort -z)
echo "$same stored and returned unchanged, $bad not"
[ $bad -eq 0 ] && [ $same -gt 0 ]
