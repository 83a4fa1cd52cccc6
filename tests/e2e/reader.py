"""An independent reader of an audit log: Python's standard library and openssl, from the specification alone.

It shares no code with the product, so what both say of a log is said twice. Slow and plain on purpose: the tree is the
definition of RFC 6962, section 2.1, word for word.
"""
import base64
import hashlib
import json
import os
import re
import subprocess
import tempfile

DASH = "\u2014 "


def sha(data):
    return hashlib.sha256(data).digest()


def leaf_of(line):
    return sha(b"\x00" + line)


def root_of(leaves):
    """MTH of RFC 6962, section 2.1."""
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha(b"\x01" + root_of(leaves[:split]) + root_of(leaves[split:]))


def first_of(log):
    """The number of the first record left: not 0 where the log was pruned."""
    return min(int(name[:20]) for name in os.listdir(os.path.join(log, "seg")))


def lines_of(log):
    """Every line of every segment, in order, as bytes."""
    found = []
    first = first_of(log)
    for name in sorted(os.listdir(os.path.join(log, "seg"))):
        assert re.fullmatch(r"\d{20}\.jsonl", name), name
        assert int(name[:20]) == first + len(found), "%s begins where record %d is due" % (name, first + len(found))
        with open(os.path.join(log, "seg", name), "rb") as file:
            data = file.read()
        assert data.endswith(b"\n"), name
        found += data[:-1].split(b"\n")
    return found


def pruned_leaves(log):
    """The leaves of the records that were pruned, from the tiles that stand for them."""
    first = first_of(log)
    tiles = b""
    while len(tiles) < 32 * first:
        with open(os.path.join(log, tile_name(0, len(tiles) // 32 // 256, 256)), "rb") as file:
            tile = file.read()
        assert len(tile) == 256 * 32
        tiles += tile
    return [tiles[at:at + 32] for at in range(0, 32 * first, 32)]


def check_chain(lines, before=()):
    """Form and links; the leaves, behind those in `before`."""
    prev = before[-1] if before else b"\x00" * 32
    leaves = list(before)
    counts = {}
    for seq, line in enumerate(lines, len(before)):
        record = json.loads(line)
        canonical = json.dumps(record, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        assert canonical == line, "record %d is not in canonical form" % seq
        assert record["seq"] == seq and record["v"] == 1, seq
        assert record["prev"] == prev.hex(), "record %d does not follow the one before" % seq
        if "wseq" in record:
            due = counts.get(record["w"], record["wseq"] if before else 0)
            assert record["wseq"] == due or record["type"] == "drop", seq
            counts[record["w"]] = record["wseq"] + 1
        prev = leaf_of(line)
        leaves.append(prev)
    return leaves


class Key:
    """A verifier key: NAME+ID+base64(0x01 ‖ key)."""

    def __init__(self, text):
        self.text = text.strip()
        self.name, ident, data = self.text.split("+", 2)
        data = base64.b64decode(data, validate=True)
        assert data[0] == 1 and len(data) == 33
        self.public = data[1:]
        self.id = sha(self.name.encode() + b"\n" + data)[:4]
        assert self.id.hex() == ident

    def verifies(self, text, signature):
        """Asks openssl."""
        der = bytes.fromhex("302a300506032b6570032100") + self.public
        with tempfile.TemporaryDirectory() as folder:
            def put(name, data):
                path = os.path.join(folder, name)
                with open(path, "wb") as file:
                    file.write(data)
                return path
            return subprocess.run(
                ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", put("key", der), "-rawin",
                 "-in", put("text", text), "-sigfile", put("sig", signature)],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def notes_of(text):
    """A history of checkpoints, cut into its notes."""
    return re.findall(r"[^\n]+\n\d+\n[^\n]+\n\n(?:%s[^\n]*\n)+" % DASH, text)


def due_keys(lines, first, size, keys):
    """Of `keys`, those that have to sign a checkpoint of that size: the key in force, at a change of keys the new one, too."""
    by_text = {key.text: key for key in keys}
    in_force = json.loads(lines[0])["vkey"]
    due = in_force
    for seq, line in enumerate(lines, first):
        if b'"type":"key.rotate"' in line:
            record = json.loads(line)
            assert record["old"] == in_force, "record %d changes a key that is not in force" % seq
            in_force = record["vkey"]
            if size == seq + 1:
                return [by_text[record["old"]], by_text[in_force]]
            if size > seq + 1:
                due = in_force
    return [by_text[due]]


def read_checkpoint(note, keys, due=None):
    """(origin, size, root) of a checkpoint that one of `keys` signed; or all of `due`."""
    text, signatures = note.split("\n\n", 1)
    origin, size, root = text.split("\n")
    good = []
    for line in signatures.splitlines():
        assert line.startswith(DASH)
        name, data = line[len(DASH):].split(" ")
        data = base64.b64decode(data, validate=True)
        for key in keys:
            if key.name == name and key.id == data[:4]:
                assert key.verifies((text + "\n").encode(), data[4:]), "a wrong signature"
                good.append(key)
    assert good, "signed by no key that is known"
    assert due is None or all(key in good for key in due), "not signed by the keys that are due"
    return origin, int(size), base64.b64decode(root, validate=True)


def check_log(log, keys):
    """Asserts that the log is whole and signed; gives its lines and the sizes that were signed."""
    lines = lines_of(log)
    first = first_of(log)
    leaves = check_chain(lines, pruned_leaves(log))
    if first:
        prunes = [json.loads(line) for line in lines if b'"type":"prune"' in line]
        assert prunes and prunes[-1]["first"] == first, "no prune record says that the log begins at %d" % first
        assert bytes.fromhex(prunes[-1]["root"]) == root_of(leaves[:first])
    with open(os.path.join(log, "checkpoints"), encoding="utf-8") as file:
        history = file.read()
    notes = notes_of(history)
    assert "".join(notes) == history
    sizes = []
    for note in notes:
        size = int(note.split("\n")[1])
        _, size, root = read_checkpoint(note, keys, due_keys(lines, first, size, keys) if size > first else None)
        assert not sizes or size > sizes[-1]
        assert root_of(leaves[:size]) == root, "the root of %d records is another one" % size
        sizes.append(size)
    with open(os.path.join(log, "checkpoint"), encoding="utf-8") as file:
        assert file.read() in notes
    return lines, sizes


def root_by_path(leaf, index, size, path):
    """RFC 9162, section 2.1.3.2."""
    node, last, hash_ = index, size - 1, leaf
    for other in path:
        assert last > 0
        if node & 1 or node == last:
            hash_ = sha(b"\x01" + other + hash_)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            hash_ = sha(b"\x01" + hash_ + other)
        node >>= 1
        last >>= 1
    assert last == 0
    return hash_


def check_proof(proof, line, keys):
    """Asserts that a tlog-proof proves this line; gives (index, size)."""
    head, note = proof.split("\n\n", 1)
    version, index, *path = head.split("\n")
    assert version == "c2sp.org/tlog-proof@v1"
    index = int(re.fullmatch(r"index (\d+)", index).group(1))
    _, size, root = read_checkpoint(note, keys)
    hashes = [base64.b64decode(each, validate=True) for each in path]
    assert root_by_path(leaf_of(line), index, size, hashes) == root
    return index, size


def roots_by_consistency(old, new, old_root, path):
    """RFC 9162, section 2.1.4.2: the two roots that the path leads to."""
    if old & (old - 1) == 0:
        path = [old_root] + path
    node, last = old - 1, new - 1
    while node & 1:
        node >>= 1
        last >>= 1
    one = two = path[0]
    for other in path[1:]:
        assert last > 0
        if node & 1 or node == last:
            one, two = sha(b"\x01" + other + one), sha(b"\x01" + other + two)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            two = sha(b"\x01" + two + other)
        node >>= 1
        last >>= 1
    assert last == 0
    return one, two


def check_growth(proof, old_root, keys):
    """Asserts that the signed tree begins with the old one; gives (old size, new size)."""
    head, note = proof.split("\n\n", 1)
    old, *path = head.split("\n")
    old = int(re.fullmatch(r"old (\d+)", old).group(1))
    _, size, root = read_checkpoint(note, keys)
    hashes = [base64.b64decode(each, validate=True) for each in path]
    if old == size:
        assert not hashes and old_root == root
    else:
        assert roots_by_consistency(old, size, old_root, hashes) == (old_root, root)
    return old, size


def tile_name(kind, index, width):
    groups = ["%03d" % (index % 1000)]
    while index >= 1000:
        index //= 1000
        groups.insert(0, "x%03d" % (index % 1000))
    return "tile/%s/%s%s" % (kind, "/".join(groups), "" if width == 256 else ".p/%d" % width)


def check_tiles(directory, keys):
    """Asserts that a tlog-tiles directory is whole; gives its entries."""
    with open(os.path.join(directory, "checkpoint"), encoding="utf-8") as file:
        _, size, root = read_checkpoint(file.read(), keys)

    def read(kind, index, width):
        with open(os.path.join(directory, tile_name(kind, index, width)), "rb") as file:
            return file.read()

    entries = []
    for index in range((size + 255) // 256):
        bundle = read("entries", index, min(256, size - index * 256))
        at = 0
        while at < len(bundle):
            length = int.from_bytes(bundle[at:at + 2], "big")
            entries.append(bundle[at + 2:at + 2 + length])
            at += 2 + length
    assert len(entries) == size
    hashes = [leaf_of(entry) for entry in entries]
    assert root_of(hashes) == root
    level = 0
    while hashes:
        for index in range((len(hashes) + 255) // 256):
            part = hashes[index * 256:(index + 1) * 256]
            assert read(level, index, len(part)) == b"".join(part), (level, index)
        hashes = [root_of(hashes[i:i + 256]) for i in range(0, len(hashes) // 256 * 256, 256)]
        level += 1
    return entries
