//! Conformance suite for journals (see the functions).
