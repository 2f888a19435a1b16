#!/bin/sh
# Prints C source that holds the named files: embed.sh FILE... (see embedded.h)
set -eu
LC_ALL=C
export LC_ALL
echo '#include "core/base/embedded.h"'
i=0
for file in "$@"; do
	echo "static const unsigned char file_$i[] = {"
	od -An -v -tx1 "$file" | sed 's/ \(..\)/0x\1,/g'
	echo '0};'
	i=$((i + 1))
done
echo 'const struct embedded_file embedded_files[] = {'
i=0
for file in "$@"; do
	echo "    {\"$file\", file_$i, sizeof file_$i - 1},"
	i=$((i + 1))
done
echo '};'
echo 'const size_t embedded_file_count = sizeof embedded_files / sizeof embedded_files[0];'
