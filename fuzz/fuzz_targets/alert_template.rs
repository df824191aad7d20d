//! Templates of messages: what is read is rendered within its bounds, for every place it may go to; what is not says where
//! it is wrong.
#![no_main]

use alerts::template::{Form, Message, Template, split_subject};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(source) = std::str::from_utf8(input) else { return };
    let (subject, body) = split_subject(source);
    assert!(source.contains(subject.unwrap_or_default()) && source.ends_with(body));
    let template = match Template::parse(source) {
        Ok(template) => template,
        Err(error) => {
            assert!(error.line >= 1 && error.column >= 1 && !error.message.is_empty());
            return;
        }
    };
    let mut values = Message::sample().to_value();
    values["message"] = "<é&\"'>\u{e000}\r\n".repeat(2_000).into();
    values["list"] = vec!["x"; 300].into();
    for (form, most) in [
        (Form::Line, 1_000),
        (Form::Slack, 8 << 10),
        (Form::Text, 64 << 10),
        (Form::Html, 64 << 10),
    ] {
        let Ok(text) = template.render(&values, form) else {
            continue;
        };
        assert!(text.len() <= most + '…'.len_utf8());
        assert!(form != Form::Line || !text.contains(['\n', '\r']));
        assert!(!text.contains('\u{e000}') || source.contains('\u{e000}'));
    }
});
