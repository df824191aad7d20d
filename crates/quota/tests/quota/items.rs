use model::DataCategory;
use protocol::envelope::{ItemHeaders, ItemType};
use quota::{Quota, RateLimiter, Scope, Verdict, enforce};

use crate::{HERE, at, quota};

fn item(kind: ItemType) -> ItemHeaders {
    ItemHeaders::new(kind)
}

fn attachment(kind: &str) -> ItemHeaders {
    ItemHeaders {
        attachment_type: Some(kind.to_owned()),
        ..item(ItemType::Attachment)
    }
}

/// `k` for kept, `u` for kept but not stored, `d` for dropped; and the header.
fn verdicts(quotas: &[Quota], items: &[ItemHeaders]) -> (String, Option<String>) {
    let limiter = RateLimiter::default();
    let items: Vec<_> = items.iter().map(|headers| (headers, 100)).collect();
    let enforcement = enforce(&items, |quantities| limiter.check(quotas, &HERE, quantities, at(0)));
    let letters = enforcement.verdicts.iter().map(|verdict| match verdict {
        Verdict::Keep => 'k',
        Verdict::KeepUnstored(_) => 'u',
        Verdict::Drop(_) => 'd',
    });
    (letters.collect(), enforcement.limits.header(at(0)))
}

fn closed(categories: &[DataCategory]) -> [Quota; 1] {
    [quota(Scope::Key, categories, 0)]
}

#[test]
fn what_belongs_to_an_event_goes_with_it() {
    use DataCategory::{Attachment, AttachmentItem, Error, Feedback, LogByte, LogItem, Session, Transaction};
    let error = [
        attachment("event.attachment"),
        item(ItemType::Event),
        item(ItemType::Session),
        item(ItemType::UserReport),
        item(ItemType::FormData),
        item(ItemType::ClientReport),
        item(ItemType::Log),
    ];
    let dump = [
        attachment("event.minidump"),
        attachment("event.attachment"),
        item(ItemType::Session),
    ];
    let transaction = [
        item(ItemType::Transaction),
        item(ItemType::Profile),
        attachment("event.attachment"),
    ];
    for (closed_for, items, expected) in [
        // No category stands for all: what counts nothing and belongs to no event stays.
        (&[][..], &error[..], "dddddkd"),
        (&[Error], &error, "ddkddkk"),
        (&[Attachment], &error, "dkkkkkk"),
        (&[AttachmentItem], &error, "dkkkkkk"),
        (&[Session], &error, "kkdkkkk"),
        (&[Feedback], &error, "kkkdkkk"),
        (&[LogByte], &error, "kkkkkkd"),
        (&[LogItem], &error, "kkkkkkd"),
        (&[Transaction], &error, "kkkkkkk"),
        (&[Error], &dump, "ddk"),
        (&[Attachment], &dump, "udk"),
        (&[Transaction], &transaction, "ddd"),
        (&[DataCategory::Profile], &transaction, "kdk"),
        (&[Error], &transaction, "kkk"),
        (&[Error], &dump[1..], "kk"),
    ] {
        let (letters, header) = verdicts(&closed(closed_for), items);
        assert_eq!(letters, expected, "{closed_for:?}");
        assert_eq!(header.is_some(), letters.contains(['d', 'u']), "{closed_for:?}");
    }
}

#[test]
fn the_limits_that_were_reached_are_told_once() {
    let quotas = [quota(Scope::Project, &[DataCategory::Error], 0)];
    let (letters, header) = verdicts(&quotas, &[item(ItemType::Event), item(ItemType::Session)]);
    assert_eq!(letters, "dk");
    assert_eq!(header.as_deref(), Some("60:error:project:project_quota"));
}

#[test]
fn every_item_is_counted_once() {
    let quotas = [
        quota(Scope::Key, &[DataCategory::Error], 1),
        quota(Scope::Key, &[DataCategory::Attachment], 200),
        quota(Scope::Key, &[DataCategory::AttachmentItem], 3),
    ];
    let event = [
        item(ItemType::Event),
        attachment("event.attachment"),
        attachment("event.attachment"),
    ];
    assert_eq!(verdicts(&quotas, &event).0, "kkk");
    let more = [&event[..], &[attachment("event.attachment")]].concat();
    assert_eq!(verdicts(&quotas, &more).0, "kkkd");
    let dump = [attachment("event.minidump"), attachment("event.attachment")];
    assert_eq!(verdicts(&quotas, &dump).0, "kk");

    let limiter = RateLimiter::default();
    let refs: Vec<_> = event.iter().map(|headers| (headers, 100)).collect();
    let send = || {
        let enforcement = enforce(&refs, |quantities| limiter.check(&quotas, &HERE, quantities, at(0)));
        enforcement.verdicts.iter().all(|verdict| *verdict == Verdict::Keep)
    };
    assert!(send());
    // The event is refused, so its attachments are not charged.
    assert!(!send());
    let third = limiter.check(&quotas, &HERE, &[(DataCategory::AttachmentItem, 1)], at(0));
    assert_eq!(third, quota::Decision::Allowed);
}
