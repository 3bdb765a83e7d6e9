//! The gRPC service: one RPC, one function.
