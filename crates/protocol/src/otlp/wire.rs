//! Protocol Buffers on the wire: fields, one after the other, each with its number and the kind of its value.

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum WireError {
    #[error("unexpected end")]
    UnexpectedEnd,
    #[error("a number of more than 64 bits")]
    NumberTooLong,
    #[error("field number 0")]
    NoField,
    #[error("values of wire type {0} are not known")]
    UnknownType(u64),
    #[error("field {0} is of another type")]
    OtherType(u64),
    #[error("nested too deep")]
    TooDeep,
    #[error("too many members")]
    TooManyMembers,
    #[error("a text is no UTF-8")]
    NotUtf8,
}

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire<'a> {
    /// A number of any length, or of 4 or 8 bytes.
    Number(u64),
    Bytes(&'a [u8]),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub(super) number: u64,
    wire: Wire<'a>,
}

impl<'a> Field<'a> {
    pub(super) fn bytes(&self) -> Result<&'a [u8], WireError> {
        match self.wire {
            Wire::Bytes(bytes) => Ok(bytes),
            Wire::Number(_) => Err(WireError::OtherType(self.number)),
        }
    }

    pub(super) fn number(&self) -> Result<u64, WireError> {
        match self.wire {
            Wire::Number(number) => Ok(number),
            Wire::Bytes(_) => Err(WireError::OtherType(self.number)),
        }
    }

    pub(super) fn text(&self) -> Result<String, WireError> {
        let text = std::str::from_utf8(self.bytes()?).map_err(|_| WireError::NotUtf8)?;
        // U+0000 cannot be stored.
        Ok(text.replace('\0', "\u{fffd}"))
    }
}

/// The fields of a message.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(WireError::UnexpectedEnd)?;
        self.0 = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, WireError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(WireError::NumberTooLong);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(WireError::NumberTooLong)
    }

    /// A little-endian number of so many bytes, 8 at most.
    fn fixed(&mut self, length: usize) -> Result<u64, WireError> {
        Ok(self
            .take(length)?
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn field(&mut self) -> Result<Field<'a>, WireError> {
        let key = self.varint()?;
        let wire = match key & 7 {
            0 => Wire::Number(self.varint()?),
            1 => Wire::Number(self.fixed(8)?),
            2 => {
                let length = self.varint()?;
                Wire::Bytes(self.take(usize::try_from(length).map_err(|_| WireError::UnexpectedEnd)?)?)
            }
            5 => Wire::Number(self.fixed(4)?),
            other => return Err(WireError::UnknownType(other)),
        };
        match key >> 3 {
            0 => Err(WireError::NoField),
            number => Ok(Field { number, wire }),
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, WireError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_every_type() {
        let bytes = b"\x08\x96\x01\x12\x02hi\x19\x01\x00\x00\x00\x00\x00\x00\x80\x25\x02\x00\x00\x00";
        let fields: Vec<Field<'_>> = Fields(bytes).collect::<Result<_, _>>().unwrap();
        assert_eq!(fields[0].number(), Ok(150));
        assert_eq!(fields[1].text().unwrap(), "hi");
        assert_eq!(fields[2].number(), Ok(0x8000_0000_0000_0001));
        assert_eq!((fields[3].number, fields[3].number()), (4, Ok(2)));
        assert_eq!(fields[0].bytes(), Err(WireError::OtherType(1)));
    }

    #[test]
    fn broken_fields() {
        let check =
            |bytes: &[u8], expected: WireError| assert_eq!(Fields(bytes).last(), Some(Err(expected)), "{bytes:x?}");
        check(b"\x08", WireError::UnexpectedEnd);
        check(b"\x08\xff", WireError::UnexpectedEnd);
        check(b"\x12\x05hi", WireError::UnexpectedEnd);
        check(
            b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            WireError::UnexpectedEnd,
        );
        check(
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
            WireError::NumberTooLong,
        );
        check(b"\x0b", WireError::UnknownType(3));
        check(b"\x00\x01", WireError::NoField);
        check(b"\x19\x01", WireError::UnexpectedEnd);
    }
}
