#pragma once

namespace tarn::server {

/// `tarn serve`: opens the data directory and answers HTTP until SIGINT or SIGTERM. Returns the process's exit code:
/// 0 stopped cleanly, 2 usage, 3 the data or the address cannot be opened.
int run_serve(int argc, char** argv);
/// `tarn check INDEX...`: verifies the store against the segments of a stopped node. 0 sound, 1 problems, 2, 3 as above.
int run_check(int argc, char** argv);
/// `tarn rebuild INDEX...`: builds the segments of a stopped node anew from the store.
int run_rebuild(int argc, char** argv);

}  // namespace tarn::server
