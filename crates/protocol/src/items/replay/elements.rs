//! A JSON list that comes in pieces, element by element: no more than one of them is in memory.

/// Why the bytes are no list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum ElementsError {
    #[error("expected a list")]
    NotAList,
    #[error("unexpected end")]
    UnexpectedEnd,
    #[error("an element of more than {0} bytes")]
    TooLarge(usize),
    #[error("bytes behind the list")]
    TrailingBytes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    Inside,
    Behind,
}

/// Finds where elements begin and end; whether they are JSON is for whoever gets them to see.
#[derive(Debug)]
pub(super) struct Elements {
    state: State,
    max_bytes: usize,
    element: Vec<u8>,
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Elements {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            state: State::Before,
            max_bytes,
            element: Vec::new(),
            depth: 0,
            in_text: false,
            escaped: false,
        }
    }

    pub(super) fn push<E: From<ElementsError>>(
        &mut self,
        piece: &[u8],
        take: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        for &byte in piece {
            match self.state {
                State::Before if byte == b'[' => self.state = State::Inside,
                State::Before if byte.is_ascii_whitespace() => {}
                State::Before => return Err(ElementsError::NotAList.into()),
                State::Inside => self.inside(byte, take)?,
                State::Behind if byte.is_ascii_whitespace() => {}
                State::Behind => return Err(ElementsError::TrailingBytes.into()),
            }
        }
        Ok(())
    }

    fn inside<E: From<ElementsError>>(
        &mut self,
        byte: u8,
        take: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.in_text {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_text = false,
                _ => {}
            }
            return self.keep(byte).map_err(E::from);
        }
        match byte {
            b',' if self.depth == 0 => return self.end(take),
            b']' if self.depth == 0 => {
                self.state = State::Behind;
                // An empty list, or what a comma left behind: JSON would not have it, but nothing is lost by it.
                return if self.element.is_empty() {
                    Ok(())
                } else {
                    self.end(take)
                };
            }
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            b'"' => self.in_text = true,
            _ if byte.is_ascii_whitespace() => return Ok(()),
            _ => {}
        }
        self.keep(byte).map_err(E::from)
    }

    fn keep(&mut self, byte: u8) -> Result<(), ElementsError> {
        if self.element.len() == self.max_bytes {
            return Err(ElementsError::TooLarge(self.max_bytes));
        }
        self.element.push(byte);
        Ok(())
    }

    fn end<E>(&mut self, take: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let result = take(&self.element);
        self.element.clear();
        result
    }

    pub(super) fn finish(&self) -> Result<(), ElementsError> {
        match self.state {
            State::Before => Err(ElementsError::NotAList),
            State::Inside => Err(ElementsError::UnexpectedEnd),
            State::Behind => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str, size: usize) -> Result<Vec<String>, ElementsError> {
        let (mut elements, mut found) = (Elements::new(20), Vec::new());
        for piece in text.as_bytes().chunks(size) {
            elements.push(piece, &mut |element: &[u8]| {
                found.push(String::from_utf8_lossy(element).into_owned());
                Ok::<(), ElementsError>(())
            })?;
        }
        elements.finish()?;
        Ok(found)
    }

    #[test]
    fn elements_are_found_in_pieces_of_any_size() {
        for size in 1..20 {
            assert_eq!(
                split(r#" [ {"a": [1, "]},"]}, "x\"y, ]", 7 ,[] ] "#, size).unwrap(),
                [r#"{"a":[1,"]},"]}"#, r#""x\"y, ]""#, "7", "[]"]
            );
            assert_eq!(split("[]", size).unwrap(), [""; 0]);
        }
    }

    #[test]
    fn broken_lists() {
        let check = |text: &str, expected: ElementsError| assert_eq!(split(text, 3), Err(expected), "{text}");
        check("", ElementsError::NotAList);
        check("{}", ElementsError::NotAList);
        check("[1,2", ElementsError::UnexpectedEnd);
        check("[\"", ElementsError::UnexpectedEnd);
        check("[1]x", ElementsError::TrailingBytes);
        check("[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"]", ElementsError::TooLarge(20));
    }
}
