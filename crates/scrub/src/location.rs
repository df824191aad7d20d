//! Where in a JSON text a value stands, so that an error can point at it.

/// Line and column (from 1, in characters) of the value at a path; that of its key where it has one.
pub(crate) fn locate(text: &str, path: &[String]) -> Option<(usize, usize)> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.skip_spaces();
    let mut place = scanner.at;
    for key in path {
        place = scanner.enter(key)?;
    }
    let before = &text[..place];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    Some((line, column))
}

/// Goes through a text that is known to be JSON.
struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl Scanner<'_> {
    /// From before an object to before the value of a key; where the key is. Of a key that comes twice the last counts,
    /// as for whom the text is read.
    fn enter(&mut self, wanted: &str) -> Option<usize> {
        if self.peek()? != b'{' {
            return None;
        }
        self.at += 1;
        let mut found = None;
        loop {
            self.skip_spaces();
            if self.peek()? == b'}' {
                break;
            }
            let key_at = self.at;
            self.skip_string();
            let key: String = serde_json::from_str(self.text.get(key_at..self.at)?).ok()?;
            self.skip_spaces();
            self.at += 1;
            self.skip_spaces();
            if key == wanted {
                found = Some((key_at, self.at));
            }
            self.skip_value()?;
            self.skip_spaces();
            if self.peek()? == b',' {
                self.at += 1;
            }
        }
        let (key_at, value_at) = found?;
        self.at = value_at;
        Some(key_at)
    }

    /// To the comma or bracket behind it.
    fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b',' | b'}' | b']' if depth == 0 => return Some(()),
                b'"' => {
                    self.skip_string();
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
    }

    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
    }

    fn skip_spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::locate;

    #[test]
    fn points_at_keys() {
        let text = "{ \"a\" : [1, {\"b\": 2}],\n \"é\": {\"x\": \"}\\\"\", \"b\": {\"c\" : -1.5e3 }}, \"b\": null}";
        let check = |path: &[&str], expected: Option<(usize, usize)>| {
            let path: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
            assert_eq!(locate(text, &path), expected, "{path:?}");
        };
        check(&[], Some((1, 1)));
        check(&["a"], Some((1, 3)));
        check(&["é"], Some((2, 2)));
        check(&["é", "x"], Some((2, 8)));
        check(&["é", "b", "c"], Some((2, 26)));
        check(&["b"], Some((2, 43)));
        check(&["a", "b"], None);
        check(&["é", "y"], None);
    }
}
