#include "cli/keys.h"

#include <fmt/format.h>

#include "audit/in_force.h"
#include "audit/keys.h"
#include "audit/layout.h"
#include "audit/rotation.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/files.h"
#include "cli/audit_upkeep.h"
#include "cli/json_object.h"
#include "cli/recorder.h"
#include "cli/say.h"

namespace agentmesh::cli {

namespace {

// SubjectPublicKeyInfo of an Ed25519 key (RFC 8410).
std::string pem_of(const audit::VerifierKey& key) {
  std::vector<uint8_t> der = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                              0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
  der.insert(der.end(), key.public_key.begin(), key.public_key.end());
  return "-----BEGIN PUBLIC KEY-----\n" + to_base64(der) + "\n-----END PUBLIC KEY-----\n";
}

}  // namespace

int keys_show(KeysOptions& options, const Here& here) {
  const audit::Options log = log_options(here, options.log);
  const std::string path = audit::vkeys_path(log.state_dir, log.log);
  if (!file_exists(path)) {
    if (!file_exists(audit::key_path(log.state_dir, log.log))) {
      complain(fmt::format("there is no log '{}' in {} yet", log.log, log.state_dir));
      return kNo;
    }
    complain(path + " is gone: which keys signed before is not known here any more");
  }
  const auto keys = audit::own_keys(log.state_dir, log.log);
  if (!keys || keys->empty())
    return failed(keys ? Error{path + ": no key in it", 0} : keys.error());
  // The private key is there, and nobody else can read it.
  const auto signer = audit::load_signer(log.state_dir, log.log);
  if (!signer) return failed(signer.error());
  if (const auto fits = audit::check_key(log);
      !fits && fits.error().errno_value == audit::kOtherKey)
    return failed(fits.error());
  const bool pending = file_exists(audit::next_key_path(log.state_dir, log.log));
  if (options.pem && !options.json) {
    print(pem_of(signer->verifier));
    return kOk;
  }
  if (options.json) {
    std::vector<std::string> all;
    for (const audit::VerifierKey& key : *keys) {
      JsonObject one;
      one.text("vkey", key.text())
          .text("id", to_hex(key.id))
          .boolean("in_force", key == signer->verifier);
      if (options.pem) one.text("pem", pem_of(key));
      all.push_back(one.done());
    }
    print(JsonObject()
              .text("log", log.log)
              .text("origin", signer->verifier.name)
              .text("file", path)
              .raw("keys", json_array(all))
              .boolean("rotation_pending", pending)
              .done() +
          "\n");
    return kOk;
  }
  // Each line begins with the key as --vkey takes it.
  for (const audit::VerifierKey& key : *keys)
    print(key.text() + (key == signer->verifier ? "  (in force)" : "  (replaced)") + "\n");
  if (pending)
    print("a change of keys was cut short; the next checkpoint finishes it or takes it back\n");
  return kOk;
}

int keys_rotate(KeysOptions& options, const Here& here) {
  if (refused_to_servers(here.state_dir, "keys rotate")) return kNo;
  SystemDisk disk;
  const SystemClock clock;
  SystemRandom random;
  const auto done = audit::rotate_key(log_options(here, options.log), disk, clock, random);
  if (!done) return failed(done.error());
  if (options.json) {
    print(JsonObject()
              .boolean("ok", true)
              .integer("seq", static_cast<int64_t>(done->seq))
              .text("old", done->from.text())
              .text("new", done->to.text())
              .done() +
          "\n");
  } else {
    print(fmt::format(
        "a new key signs from record {} on; the checkpoint of {} records is signed by both\nnew: {}\nold: {}\n",
        done->seq + 1, done->seq + 1, done->to.text(), done->from.text()));
  }
  return kOk;
}

}  // namespace agentmesh::cli
