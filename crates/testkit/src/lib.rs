//! Worlds for tests: clocks, processes, ports and peers.
