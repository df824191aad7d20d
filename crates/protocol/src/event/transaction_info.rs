use model::Timestamp;

use super::decode::{decode_object, schema};

schema! {
    /// Where the name of a transaction came from.
    pub struct TransactionInfo {
        /// `url`, `route`, `custom`, `view`, `component`, `task`, `sanitized`, `unknown`, or what an SDK made up.
        source "source" Option<String>, pii false;
        original "original" Option<String>, pii false;
        changes "changes" Vec<NameChange>, pii false;
        propagations "propagations" Option<u64>, pii false;
    }
}
decode_object!(TransactionInfo);

schema! {
    /// A time when the program gave the transaction another name.
    pub struct NameChange {
        source "source" Option<String>, pii false;
        /// How often the trace had been passed on before.
        propagations "propagations" Option<u64>, pii false;
        timestamp "timestamp" Option<Timestamp>;
    }
}
decode_object!(NameChange);
