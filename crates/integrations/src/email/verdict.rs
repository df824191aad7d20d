//! Whom a server's no is about. Most are about us, or about the way to the recipient: then the mail is tried again.

/// What was answered with a no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Recipient,
    Data,
    /// The whole message.
    Message,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blame {
    /// It may go better later, or when somebody has changed a setting.
    Nobody,
    /// There is no such mailbox.
    Recipient,
    /// It is taken for nobody.
    Message,
}

/// Judges by the enhanced code (RFC 3463), and where there is none by the plain one (RFC 5321) and what it answers.
pub(super) fn of(step: Step, code: &str, text: &str) -> Blame {
    if !code.starts_with('5') {
        return Blame::Nobody;
    }
    match enhanced(text) {
        // The address of the sender.
        Some((1, 7 | 8)) => Blame::Nobody,
        Some((1, _)) => Blame::Recipient,
        // The mailbox is off or full: of that addresses recover. The mail would not wait for it for ever.
        Some((2, _)) => Blame::Message,
        // Too long, for the server or in all; or not what mails are made of.
        Some((3, 4) | (6, _)) => Blame::Message,
        // The server, the way to it, the conversation, and what it allows us.
        Some(_) => Blame::Nobody,
        None => match (step, code) {
            (Step::Recipient, "550" | "551" | "553") => Blame::Recipient,
            (Step::Message, "550" | "552" | "553" | "554") => Blame::Message,
            _ => Blame::Nobody,
        },
    }
}

/// Subject and detail of an enhanced code of a permanent failure, which follows the plain code: `550 5.1.1 unknown`.
fn enhanced(text: &str) -> Option<(u16, u16)> {
    let second = text.split([' ', '-']).filter(|word| !word.is_empty()).nth(1)?;
    let mut parts = second.split('.').map(str::parse::<u16>);
    match (parts.next()?, parts.next()?, parts.next()?, parts.next()) {
        (Ok(5), Ok(subject), Ok(detail), None) => Some((subject, detail)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_that_there_is_no_such_mailbox_is_about_the_recipient() {
        let check = |step, text: &str, expected| {
            let code = text.split(' ').next().unwrap();
            assert_eq!(of(step, code, text), expected, "{step:?} {text}");
        };
        for step in [Step::Recipient, Step::Data, Step::Message] {
            check(step, "550 5.1.1 no such user", Blame::Recipient);
            check(step, "550 5.1.10 no mail is taken there", Blame::Recipient);
            check(step, "553 5.1.8 bad sender", Blame::Nobody);
            check(step, "550 5.7.1 relaying denied", Blame::Nobody);
            check(step, "554 5.7.1 you are on a list", Blame::Nobody);
            check(step, "550 5.3.2 not taking mails now", Blame::Nobody);
            check(step, "552 5.3.4 too big", Blame::Message);
            check(step, "552 5.2.2 mailbox full", Blame::Message);
            check(step, "550 5.4.1 no way there", Blame::Nobody);
            check(step, "554 5.6.0 not a mail", Blame::Message);
            check(step, "530 log in first", Blame::Nobody);
            check(step, "503 5.5.1 not now", Blame::Nobody);
            check(step, "450 4.1.1 later", Blame::Nobody);
        }
        check(Step::Recipient, "550 no such user", Blame::Recipient);
        check(Step::Recipient, "554 go away", Blame::Nobody);
        check(Step::Data, "550 no", Blame::Nobody);
        check(Step::Message, "550 no", Blame::Message);
        check(Step::Message, "554 spam", Blame::Message);
        check(Step::Recipient, "550 5.x.1 strange", Blame::Recipient);
        check(Step::Recipient, "550", Blame::Recipient);
    }
}
