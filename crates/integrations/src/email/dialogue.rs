use serde::{Deserialize, Serialize};

/// Lines that are kept of one answer, and characters of a line.
const MAX_LINES: usize = 40;
const MAX_LINE: usize = 400;

/// Who said a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Nobody: what happened.
    Note,
    Client,
    Server,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub side: Side,
    pub text: String,
}

/// What was said to a server and by it, without passwords.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialogue {
    pub lines: Vec<Line>,
}

impl Dialogue {
    pub(super) fn add(&mut self, side: Side, text: &str) {
        for line in text.lines().take(MAX_LINES) {
            let text = line.chars().filter(|c| !c.is_control()).take(MAX_LINE).collect();
            self.lines.push(Line { side, text });
        }
    }
}

impl std::fmt::Display for Dialogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for line in &self.lines {
            let mark = match line.side {
                Side::Note => "-",
                Side::Client => ">",
                Side::Server => "<",
            };
            writeln!(f, "{mark} {}", line.text)?;
        }
        Ok(())
    }
}
