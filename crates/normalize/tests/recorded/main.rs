//! What was recorded goes through all steps: traffic of real SDKs, and inputs that a fuzzer found.

mod corpus;
mod payloads;
mod security_reports;
mod stored_inputs;
mod transactions;
