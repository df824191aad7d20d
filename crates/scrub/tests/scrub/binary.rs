//! Attachments and minidumps keep their length and everything else.

use serde_json::{Value, json};

use crate::{advanced, defaults, scrubber};

fn attachment(config: &Value, content: &[u8]) -> Vec<u8> {
    let mut scrubbed = content.to_vec();
    scrubber(&advanced(config)).attachment("file.txt", &mut scrubbed);
    assert_eq!(scrubbed.len(), content.len());
    scrubbed
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn what_is_found_is_covered() {
    let check = |rule: &str, content: &[u8], expected: &[u8]| {
        let config = json!({"applications": {"$attachments.'file.txt'": [rule]}});
        assert_eq!(attachment(&config, content), expected, "{rule}");
    };
    check("@ip", b"\xff\x00at 1.2.3.4!\xfe", b"\xff\x00at *******!\xfe");
    check("@email:hash", b"<a@b.co>\n", b"<******>\n");
    check("@anything:mask", b"abc\n", b"****");
    check("@userpath", b"/home/joe/x", b"/home/***/x");
    check(
        "@password:filter",
        b"a=1\r\npassword=hunter2\r\nb=2",
        b"a=1\r\n****************\r\nb=2",
    );
    check(
        "@creditcard",
        &wide("xy 4111111111111111 z"),
        &wide("xy **************** z"),
    );
    let odd = [&b"\x01"[..], &wide("mail a@b.co"), b"\xff\xff"].concat();
    let covered = [&b"\x01"[..], &wide("mail ******"), b"\xff\xff"].concat();
    check("@email", &odd, &covered);
    check("@email", b"", b"");
}

#[test]
fn rules_of_users_know_bytes() {
    let config = json!({
        "rules": {"r": {"type": "pattern", "pattern": "id=(\\d+)", "replaceGroups": [1]}},
        "applications": {"$attachments.'file.txt'": ["r"]},
    });
    assert_eq!(attachment(&config, b"\x80id=123;\x80"), b"\x80id=***;\x80");
}

#[test]
fn attachments_are_named_by_selectors() {
    let content = b"at 1.2.3.4".as_slice();
    let covers = |selector: &str| attachment(&json!({"applications": {selector: ["@ip"]}}), content) != content;
    for selector in [
        "$attachments.'file.txt'",
        "$attachments.**",
        "$attachments.*",
        "$binary",
        "**",
        "'file.txt'",
    ] {
        assert!(covers(selector), "{selector}");
    }
    for selector in [
        "$attachments.'other.txt'",
        "$string",
        "$minidump",
        "$attachments.$string",
        "extra.**",
    ] {
        assert!(!covers(selector), "{selector}");
    }
    // The switches are for values that can be read.
    let mut scrubbed = content.to_vec();
    scrubber(&defaults()).attachment("file.txt", &mut scrubbed);
    assert_eq!(scrubbed, content);
}

#[test]
fn names_of_attachments_are_texts() {
    let check = |name: &str, expected: &str| {
        let mut scrubbed = name.to_owned();
        scrubber(&defaults()).attachment_name(&mut scrubbed);
        assert_eq!(scrubbed, expected);
    };
    check("screenshot.png", "screenshot.png");
    check("4111111111111111.txt", "[Filtered].txt");
    check("host 1.2.3.4.log", "host [ip].log");
    check("passwords.csv", "[Filtered]");
}

const SECRET: &[u8] = b"at 1.2.3.4 ";

/// A minidump with a stack, that stack and a heap in the list of memory, and an environment.
fn minidump() -> Vec<u8> {
    let u32s = |values: &[u32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let (directory, threads, memory) = (32, 32 + 36, 32 + 36 + 52);
    let (stack, size) = (memory + 36, u32::try_from(SECRET.len()).expect("it is short"));
    let (heap, environment) = (stack + size, stack + 2 * size);
    let mut file = b"MDMP".to_vec();
    file.extend(u32s(&[0xa793, 3, directory, 0, 0, 0, 0]));
    file.extend(u32s(&[3, 52, threads, 5, 36, memory, 0x4767_0007, size, environment]));
    file.extend(u32s(&[1, 7, 0, 0, 0, 0, 0, 0x1000, 0, size, stack, 0, 0]));
    file.extend(u32s(&[2, 0x1000, 0, size, stack, 0x2000, 0, size, heap]));
    file.extend([SECRET, SECRET, SECRET, SECRET].concat());
    file
}

/// Which of stack, heap, environment and what lies in none of them still say it.
fn left(selector: &str, file: &[u8]) -> Vec<bool> {
    let mut scrubbed = file.to_vec();
    scrubber(&advanced(&json!({"applications": {selector: ["@ip"]}}))).minidump("a.dmp", &mut scrubbed);
    let start = file.len() - 4 * SECRET.len();
    assert_eq!(scrubbed[..start], file[..start], "{selector}");
    scrubbed[start..]
        .chunks(SECRET.len())
        .map(|chunk| chunk == SECRET)
        .collect()
}

#[test]
fn memory_is_scrubbed_for_those_who_ask() {
    let file = minidump();
    assert_eq!(left("$stack_memory", &file), [false, true, true, true]);
    assert_eq!(left("$heap_memory", &file), [true, false, true, true]);
    assert_eq!(left("$heap_memory || $stack_memory", &file), [false, false, true, true]);
    assert_eq!(left("$minidump", &file), [false, false, false, true]);
    for nothing in ["**", "$binary", "$attachments.'a.dmp'", "$string", "!$heap_memory"] {
        assert_eq!(left(nothing, &file), [true, true, true, true], "{nothing}");
    }
}

#[test]
fn a_broken_minidump_is_left_as_it_is() {
    let file = minidump();
    for length in 0..file.len() {
        let mut cut = file[..length].to_vec();
        scrubber(&advanced(&json!({"applications": {"$minidump": ["@anything"]}}))).minidump("a.dmp", &mut cut);
        assert_eq!(cut.len(), length);
    }
    // Lists that claim more than there is, or what lies beyond the end.
    for at in (8..32 + 36 + 52 + 36).step_by(4) {
        let mut wrong = file.clone();
        wrong[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
        scrubber(&advanced(&json!({"applications": {"$minidump": ["@anything"]}}))).minidump("a.dmp", &mut wrong);
        assert_eq!(wrong.len(), file.len());
    }
}
