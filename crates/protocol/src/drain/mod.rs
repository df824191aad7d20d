//! Log drains: platforms that post the output of what they run. Their lines become logs (`ingest.md` §1.1).

pub mod heroku;
pub mod vercel;

/// Lines of one request.
const MAX_LINES: usize = 10_000;
