#!/usr/bin/env python3
"""Writes unicode_tables.cc: python3 policy/scan/make_unicode_tables.py > policy/scan/unicode_tables.cc

Two tables of code points above ASCII: what NFKC makes of them, where that is ASCII; and which ASCII character they are
confusable with (UTS #39), where there is one. Needs Python 3 and ICU (libicui18n with its data) of the machine.
"""
import ctypes
import ctypes.util
import glob
import re
import sys
import unicodedata

lib = sorted(glob.glob('/usr/lib/*/libicui18n.so.*'))[0]
version = re.search(r'\.so\.(\d+)', lib).group(1)
icu = ctypes.CDLL(lib)


def call(name, *args):
    return getattr(icu, f'{name}_{version}')(*args)


status = ctypes.c_int(0)
getattr(icu, f'uspoof_open_{version}').restype = ctypes.c_void_p
spoof = ctypes.c_void_p(call('uspoof_open', ctypes.byref(status)))
assert status.value <= 0


def skeleton(text):
    data = text.encode()
    out = ctypes.create_string_buffer(256)
    code = ctypes.c_int(0)
    n = call('uspoof_getSkeletonUTF8', spoof, 0, data, len(data), out, 256, ctypes.byref(code))
    assert code.value <= 0
    return out.raw[:n].decode()


ascii_of = {}
for c in 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/|!\'",;()[]{}<>=+*&#%$@?\\^~`':
    ascii_of.setdefault(skeleton(c), c.lower())

fold, confusable = [], []
for cp in range(0x80, 0x110000):
    if 0xD800 <= cp <= 0xDFFF:
        continue
    ch = chr(cp)
    if unicodedata.category(ch) in ('Cn', 'Co'):
        continue
    nfkc = unicodedata.normalize('NFKC', ch)
    ascii_form = nfkc if nfkc and all(' ' <= x <= '~' for x in nfkc) else ''
    if ascii_form and len(ascii_form) <= 4 and cp != 0xA0:
        fold.append((cp, ascii_form))
    base = unicodedata.normalize('NFD', ch)
    if len(base) > 1 and 'a' <= base[0].lower() <= 'z':
        continue  # an accented Latin letter is a letter of its own, not a disguise
    look = skeleton(ch)
    if look in ascii_of:
        confusable.append((cp, ascii_of[look]))
    elif 0 < len(look) <= 4 and all('!' <= x <= '~' for x in look):
        confusable.append((cp, look.lower()))
    elif ascii_form and len(ascii_form) <= 4 and ascii_form.strip():
        confusable.append((cp, ascii_form.lower()))


def table(name, rows):
    escape = lambda s: s.replace('\\', '\\\\').replace('"', '\\"')
    print(f'const CodePointText {name}[] = {{')
    line = '   '
    for cp, text in rows:
        item = f' {{0x{cp:X}, "{escape(text)}"}},'
        if len(line) + len(item) > 100:
            print(line)
            line = '   '
        line += item
    print(line)
    print('};')
    print(f'const size_t {name}Size = std::size({name});')


print('// Made by make_unicode_tables.py; do not edit. Data of the Unicode Character Database '
      f'{unicodedata.unidata_version} (NFKC) and of UTS #39\n'
      '// (confusables, as ICU {} has them). Copyright © 1991-2022 Unicode, Inc. '
      'Licence: https://www.unicode.org/license.txt'.format(version))
print('// clang-format off')
print('#include "policy/scan/unicode_tables.h"\n\n#include <iterator>\n\nnamespace agentmesh::policy::scan {\n')
table('kFold', fold)
print()
table('kConfusable', confusable)
print('\n}  // namespace agentmesh::policy::scan')
print(len(fold), len(confusable), file=sys.stderr)
