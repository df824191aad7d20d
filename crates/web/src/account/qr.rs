//! A QR code as a drawing.

use qrcodegen::{QrCode, QrCodeEcc};

/// White space around the code, in modules, that readers want.
const QUIET: i32 = 4;

/// The drawing of a text, dark modules as one path; `None` for a text that is too long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QrDrawing {
    /// How many modules wide and high it is.
    pub(crate) size: i32,
    pub(crate) path: String,
}

impl QrDrawing {
    pub(crate) fn of(text: &str) -> Option<Self> {
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
        let mut path = String::new();
        for y in 0..code.size() {
            let mut x = 0;
            while x < code.size() {
                let start = x;
                while x < code.size() && code.get_module(x, y) {
                    x += 1;
                }
                if x > start {
                    let (left, top, width) = (start + QUIET, y + QUIET, x - start);
                    path.push_str(&format!("M{left} {top}h{width}v1h-{width}z"));
                }
                x += 1;
            }
        }
        Some(Self {
            size: code.size() + 2 * QUIET,
            path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_with_white_around_it() {
        let drawing = QrDrawing::of("A").unwrap();
        assert_eq!(drawing.size, 21 + 8);
        // The corner mark begins with seven dark modules.
        assert!(drawing.path.starts_with("M4 4h7v1h-7z"), "{}", drawing.path);
        assert_eq!(QrDrawing::of(&"x".repeat(3_000)), None);
    }
}
