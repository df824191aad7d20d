use std::fmt;

use store::issues::Issue;

/// `SHOP-1A`: the project's slug and a number in Crockford's base 32, as Sentry writes short ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortId {
    /// Lower case.
    pub project_slug: String,
    pub number: i64,
}

const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl ShortId {
    pub fn of(issue: &Issue) -> Self {
        Self {
            project_slug: issue.project_slug.clone(),
            number: issue.short_number,
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (slug, digits) = text.rsplit_once('-')?;
        let mut number: i64 = 0;
        for digit in digits.bytes() {
            let digit = digit.to_ascii_uppercase();
            // Crockford: letters that look like digits are read as these.
            let digit = match digit {
                b'I' | b'L' => b'1',
                b'O' => b'0',
                other => other,
            };
            let value = DIGITS.iter().position(|known| *known == digit)?;
            number = number.checked_mul(32)?.checked_add(i64::try_from(value).ok()?)?;
        }
        let valid = !slug.is_empty() && !digits.is_empty() && number > 0;
        valid.then(|| Self {
            project_slug: slug.to_lowercase(),
            number,
        })
    }
}

impl fmt::Display for ShortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = Vec::new();
        let mut rest = u64::try_from(self.number).unwrap_or(0);
        loop {
            digits.push(char::from(DIGITS[(rest % 32) as usize]));
            rest /= 32;
            if rest == 0 {
                break;
            }
        }
        write!(
            f,
            "{}-{}",
            self.project_slug.to_uppercase(),
            digits.iter().rev().collect::<String>()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids_are_read_as_they_are_written() {
        for (number, text) in [
            (1, "WEB-APP-1"),
            (31, "WEB-APP-Z"),
            (32, "WEB-APP-10"),
            (1_000_000, "WEB-APP-YGJ0"),
        ] {
            let id = ShortId {
                project_slug: "web-app".to_owned(),
                number,
            };
            assert_eq!(id.to_string(), text);
            assert_eq!(ShortId::parse(text), Some(id.clone()));
            assert_eq!(ShortId::parse(&text.to_lowercase()), Some(id));
        }
        for bad in [
            "",
            "WEB",
            "-1",
            "WEB-",
            "WEB-0",
            "WEB-U",
            "WEB-ZZZZZZZZZZZZZZZZ",
            "WEB-é",
        ] {
            assert_eq!(ShortId::parse(bad), None, "{bad}");
        }
    }
}
