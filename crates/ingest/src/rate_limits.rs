//! Holding what comes in against quotas before it is kept, and telling SDKs when to come back (`ingest.md` §1.6).

use model::{Outcome, Timestamp};
use protocol::envelope::{ItemHeaders, ItemType};
use quota::{RateLimits, Verdict};
use services::{
    project_config::{self, ProjectConfig},
    project_keys::KeyOwner,
    quotas::Quotas,
};
use store::outcomes::OutcomeKey;

use crate::{
    IngestState, LimitedItem, RecordKind,
    error::{Rejection, RequestError},
};

/// What may be kept of a request.
#[derive(Debug, Default)]
pub(crate) struct Admission {
    /// The items that are over a limit, by their place in the request.
    pub(crate) limited: Vec<LimitedItem>,
    /// What the SDK is told; empty when nothing is over a limit.
    pub(crate) limits: RateLimits,
    /// Nothing is left to be kept.
    pub(crate) nothing_left: bool,
}

impl IngestState {
    /// Whether a page of this origin may send, and which of the items are over a limit. Items that are not are counted.
    pub(crate) async fn admit(
        &self,
        owner: &KeyOwner,
        origin: Option<&str>,
        items: &[(ItemHeaders, u64)],
    ) -> Result<Admission, RequestError> {
        let config = project_config::get(&self.app, owner.organization, owner.project)
            .await
            .map_err(RequestError::Lookup)?
            .ok_or(RequestError::Rejected(Rejection::UnknownKey, None))?;
        if !config.origins.allow(origin) {
            return Err(RequestError::Rejected(Rejection::Origin, Some(*owner)));
        }
        Ok(self.within_quotas(owner, &config, items))
    }

    fn within_quotas(&self, owner: &KeyOwner, config: &ProjectConfig, items: &[(ItemHeaders, u64)]) -> Admission {
        let quotas = Quotas::of(&self.app, owner, config);
        if quotas.is_empty() {
            return Admission::default();
        }
        let now = self.app.now();
        let borrowed: Vec<(&ItemHeaders, u64)> = items.iter().map(|(headers, length)| (headers, *length)).collect();
        let enforced = quota::enforce(&borrowed, |quantities| quotas.check(&self.app, quantities, now));
        let mut limited = Vec::new();
        for (number, verdict) in enforced.verdicts.iter().enumerate() {
            // A dump that may not be stored makes no event here: nothing reads it before it is stored.
            if let Verdict::Drop(limit) | Verdict::KeepUnstored(limit) = verdict {
                limited.push(LimitedItem {
                    item: u32::try_from(number).unwrap_or(u32::MAX),
                    reason: limit.reason().to_owned(),
                });
            }
        }
        let nothing_left = !items.is_empty() && limited.len() == items.len();
        if nothing_left {
            self.count_limited(owner, items, &limited, now);
        }
        Admission {
            limited,
            limits: enforced.limits,
            nothing_left,
        }
    }

    /// The outcomes of a request of which nothing is kept; otherwise processing counts them.
    fn count_limited(&self, owner: &KeyOwner, items: &[(ItemHeaders, u64)], limited: &[LimitedItem], now: Timestamp) {
        for ((headers, length), limit) in items.iter().zip(limited) {
            for (category, quantity) in headers.quantities(*length) {
                let key = OutcomeKey {
                    hour: now.truncate(OutcomeKey::HOUR),
                    organization: owner.organization,
                    project: owner.project,
                    key: owner.key,
                    category,
                    outcome: Outcome::rate_limited(limit.reason.clone()),
                };
                self.count_outcome(key, i64::try_from(quantity).unwrap_or(i64::MAX));
            }
        }
    }
}

/// What a request that is no envelope counts as: the items that it will become, before they are known in full.
pub(crate) fn items_of(kind: RecordKind, length: u64) -> Vec<(ItemHeaders, u64)> {
    let item_type = match kind {
        RecordKind::Envelope => return Vec::new(),
        RecordKind::Store | RecordKind::Minidump | RecordKind::Playstation => ItemType::Event,
        RecordKind::Unreal => ItemType::UnrealReport,
        RecordKind::Security => ItemType::RawSecurity,
        RecordKind::Nel => ItemType::Nel,
        RecordKind::Attachments | RecordKind::Upload => ItemType::Attachment,
        RecordKind::CheckIn => ItemType::CheckIn,
        RecordKind::OtlpTraces => ItemType::Span,
        RecordKind::OtlpLogs | RecordKind::VercelLogs | RecordKind::HerokuLogs => ItemType::Log,
    };
    vec![(ItemHeaders::new(item_type), length)]
}
