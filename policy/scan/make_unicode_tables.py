#!/usr/bin/env python3
"""Writes unicode_tables.cc: python3 policy/scan/make_unicode_tables.py > policy/scan/unicode_tables.cc

What NFKC makes of code points above ASCII, where that is at most four ASCII characters.
"""
import unicodedata

rows = []
for code_point in [*range(0x80, 0xD800), *range(0xE000, 0x110000)]:
    text = unicodedata.normalize('NFKC', chr(code_point))
    if code_point != 0xA0 and 0 < len(text) <= 4 and all(' ' <= c <= '~' for c in text):
        rows.append((code_point, text.replace('\\', '\\\\').replace('"', '\\"')))

print('// Made by make_unicode_tables.py; do not edit. Data of the Unicode Character Database',
      f'{unicodedata.unidata_version}.\n'
      '// Copyright © 1991-2022 Unicode, Inc. Licence: https://www.unicode.org/license.txt')
print('// clang-format off')
print('#include "policy/scan/unicode_tables.h"\n\n#include <iterator>\n\nnamespace agentmesh::policy::scan {\n')
print('const CodePointText kFold[] = {')
line = '   '
for code_point, text in rows:
    item = f' {{0x{code_point:X}, "{text}"}},'
    if len(line) + len(item) > 100:
        print(line)
        line = '   '
    line += item
print(line)
print('};\nconst size_t kFoldSize = std::size(kFold);\n\n}  // namespace agentmesh::policy::scan')
