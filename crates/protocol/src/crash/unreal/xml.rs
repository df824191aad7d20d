//! As much of XML as the engine writes: elements within elements, texts, entities. No attributes, no types, and no
//! entities but the five that every reader knows.

/// How deep elements may stand within each other.
const MAX_DEPTH: usize = 16;
const MAX_ELEMENTS: usize = 5000;
const MAX_TEXT_BYTES: usize = 64 << 10;

/// Gives the path and the text of every element that holds only text; what is broken ends it.
pub(super) fn leaves(text: &str) -> Vec<(Vec<&str>, String)> {
    let mut found = Vec::new();
    let mut path: Vec<&str> = Vec::new();
    let mut rest = text;
    // Where the text of the innermost element began, if nothing but text came since.
    let mut leaf: Option<&str> = None;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        if let Some(cdata) = tag.strip_prefix("<![CDATA[") {
            let Some((inner, behind)) = cdata.split_once("]]>") else {
                break;
            };
            // A text of its own: whatever else stands beside it does not matter.
            if let (Some(_), false) = (leaf.take(), found.len() >= MAX_ELEMENTS) {
                found.push((path.clone(), cut(inner).to_owned()));
            }
            rest = behind;
            continue;
        }
        let close = if tag.starts_with("<!--") { "-->" } else { ">" };
        let Some((inner, behind)) = tag[1..].split_once(close) else {
            break;
        };
        rest = behind;
        match inner.as_bytes().first() {
            Some(b'!' | b'?') => {}
            Some(b'/') => {
                if leaf.take().is_some() && found.len() < MAX_ELEMENTS {
                    found.push((path.clone(), decode(cut(before))));
                }
                path.pop();
            }
            _ => {
                let name = inner
                    .trim_end_matches('/')
                    .split_ascii_whitespace()
                    .next()
                    .unwrap_or_default();
                if inner.ends_with('/') {
                    leaf = None;
                    continue;
                }
                if path.len() == MAX_DEPTH {
                    break;
                }
                path.push(name);
                leaf = Some(behind);
            }
        }
    }
    found
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(MAX_TEXT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest
            .get(1..)
            .and_then(|behind| behind.get(..behind.find(';').filter(|end| *end <= 8)?));
        match entity.and_then(|name| Some((name, character(name)?))) {
            Some((name, character)) => {
                decoded.push(character);
                rest = &rest[name.len() + 2..];
            }
            None => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded.push_str(rest);
    decoded.trim().replace('\0', "\u{fffd}")
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}
