//! Schedules of five fields, as `cron` has them (`ingest.md` §9): `minute hour day-of-month month day-of-week`, or a
//! nickname. Read to be checked: when a job is due is for the monitors to say, from the sets that are kept here.

/// A schedule, each field as the set of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crontab {
    /// Bit 0 is minute 0.
    pub minutes: u64,
    pub hours: u32,
    /// Bit 1 is the first; bit 32 ([`LAST_DAY`]) the last of the month, whichever that is.
    pub days_of_month: u64,
    /// Bit 1 is January.
    pub months: u16,
    /// Bit 0 is Sunday.
    pub days_of_week: u8,
    /// Days of the week in one week of the month, as `5#2` and `5L` name them.
    pub nth_days_of_week: NthDays,
    /// Whether a day must be in both of the fields of days. It is one of them that counts where neither is `*`.
    pub days_must_agree: bool,
}

pub const LAST_DAY: u32 = 32;

/// Bit `day * 6 + week`: week 0 to 4 is the first to the fifth, 5 the last.
pub type NthDays = u64;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrontabError {
    #[error("expected five fields: minute, hour, day of the month, month, day of the week")]
    Fields,
    #[error("invalid {field}: `{text}`")]
    Field { field: &'static str, text: String },
    #[error("no day of any year matches")]
    Never,
}

const NICKNAMES: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];
const MONTHS: &[&str] = &[
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const DAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// What a field may hold.
struct Field {
    name: &'static str,
    first: u32,
    last: u32,
    names: &'static [&'static str],
}

const MINUTE: Field = Field {
    name: "minute",
    first: 0,
    last: 59,
    names: &[],
};
const HOUR: Field = Field {
    name: "hour",
    first: 0,
    last: 23,
    names: &[],
};
const DAY_OF_MONTH: Field = Field {
    name: "day of the month",
    first: 1,
    last: 31,
    names: &[],
};
const MONTH: Field = Field {
    name: "month",
    first: 1,
    last: 12,
    names: MONTHS,
};
/// 7 is Sunday, too.
const DAY_OF_WEEK: Field = Field {
    name: "day of the week",
    first: 0,
    last: 7,
    names: DAYS,
};

impl Crontab {
    pub fn parse(text: &str) -> Result<Self, CrontabError> {
        let text = text.trim();
        let known = NICKNAMES
            .iter()
            .find(|(nickname, _)| nickname.eq_ignore_ascii_case(text));
        let text = known.map_or(text, |(_, meaning)| meaning);
        let mut fields = text.split_ascii_whitespace();
        let mut next = || fields.next().ok_or(CrontabError::Fields);
        let (minute, hour, day_of_month, month, day_of_week) = (next()?, next()?, next()?, next()?, next()?);
        if fields.next().is_some() {
            return Err(CrontabError::Fields);
        }
        let (days_of_week, nth_days_of_week) = read_days_of_week(day_of_week)?;
        let crontab = Self {
            minutes: MINUTE.read(minute)?,
            hours: HOUR.narrow(HOUR.read(hour)?),
            days_of_month: read_days_of_month(day_of_month)?,
            months: MONTH.narrow(MONTH.read(month)?),
            days_of_week,
            nth_days_of_week,
            days_must_agree: day_of_month.starts_with('*') || day_of_week.starts_with('*'),
        };
        if crontab.can_match() {
            Ok(crontab)
        } else {
            Err(CrontabError::Never)
        }
    }

    /// Whether there is such a day at all: no month has a 30th of February.
    fn can_match(&self) -> bool {
        const LONGEST: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let by_week = !self.days_must_agree && (self.days_of_week != 0 || self.nth_days_of_week != 0);
        let has_day = |days: u32| {
            self.days_of_month & 1 << LAST_DAY != 0 || (1..=days).any(|day| self.days_of_month & 1 << day != 0)
        };
        let mut months = (1..).zip(LONGEST);
        by_week || months.any(|(month, days)| self.months & 1 << month != 0 && has_day(days))
    }
}

impl Field {
    fn error(&self, text: &str) -> CrontabError {
        CrontabError::Field {
            field: self.name,
            text: text.chars().take(40).collect(),
        }
    }

    /// A list of ranges as a set.
    fn read(&self, text: &str) -> Result<u64, CrontabError> {
        let parts = text
            .split(',')
            .map(|part| self.range(part).ok_or_else(|| self.error(text)));
        parts
            .reduce(|all, part| Ok(all? | part?))
            .unwrap_or_else(|| Err(self.error(text)))
    }

    /// `*`, `7`, `1-5`, each perhaps with `/2` behind it.
    fn range(&self, part: &str) -> Option<u64> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(number(step).filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (
                self.first,
                self.last.min(if self.names == DAYS { 6 } else { self.last }),
            ),
            Some((first, last)) => (self.value(first)?, self.value(last)?),
            // A start with a step runs to the end.
            None if step.is_some() => (self.value(range)?, self.last),
            None => (self.value(range)?, self.value(range)?),
        };
        if first > last {
            return None;
        }
        let step = usize::try_from(step.unwrap_or(1)).ok()?;
        Some((first..=last).step_by(step).fold(0, |set, value| set | 1 << value))
    }

    fn value(&self, text: &str) -> Option<u32> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = match named {
            Some(index) => self.first + u32::try_from(index).ok()?,
            None => number(text)?,
        };
        (self.first..=self.last).contains(&value).then_some(value)
    }

    /// A set whose values are known to fit.
    fn narrow<T: TryFrom<u64> + Default>(&self, set: u64) -> T {
        T::try_from(set).unwrap_or_default()
    }
}

/// Digits only: `parse` would take a sign.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

fn read_days_of_month(text: &str) -> Result<u64, CrontabError> {
    let mut set = 0;
    for part in text.split(',') {
        set |= match part {
            "L" | "l" => 1 << LAST_DAY,
            part => DAY_OF_MONTH.range(part).ok_or_else(|| DAY_OF_MONTH.error(text))?,
        };
    }
    Ok(set)
}

fn read_days_of_week(text: &str) -> Result<(u8, NthDays), CrontabError> {
    const LAST_WEEK: u32 = 5;
    let (mut days, mut nth_days) = (0_u64, 0);
    for part in text.split(',') {
        let nth = match part.split_once('#') {
            Some((day, week)) => Some((
                day,
                number(week).filter(|week| (1..=5).contains(week)).map(|week| week - 1),
            )),
            None => part.strip_suffix(['L', 'l']).map(|day| (day, Some(LAST_WEEK))),
        };
        match nth {
            Some((day, week)) => {
                let day = DAY_OF_WEEK.value(day).ok_or_else(|| DAY_OF_WEEK.error(text))? % 7;
                nth_days |= 1 << (day * 6 + week.ok_or_else(|| DAY_OF_WEEK.error(text))?);
            }
            None => days |= DAY_OF_WEEK.range(part).ok_or_else(|| DAY_OF_WEEK.error(text))?,
        }
    }
    let sunday = days >> 7 & 1;
    Ok((DAY_OF_WEEK.narrow(days & 0x7f | sunday), nth_days))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(set: u64) -> Vec<u32> {
        (0..64).filter(|value| set & 1 << value != 0).collect()
    }

    #[test]
    fn fields_are_sets() {
        let check = |text: &str, expected: &[u32]| {
            let crontab = Crontab::parse(&format!("{text} * * * *")).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(values(crontab.minutes), expected, "{text}");
        };
        check("0", &[0]);
        check("*/15", &[0, 15, 30, 45]);
        check("50/5", &[50, 55]);
        check("1-5", &[1, 2, 3, 4, 5]);
        check("1-9/4,59", &[1, 5, 9, 59]);
        check("*/99", &[0]);
    }

    #[test]
    fn months_and_days_have_names() {
        let crontab = Crontab::parse("0 0 * jan,DEC sun-tue,7").unwrap();
        assert_eq!(values(crontab.months.into()), [1, 12]);
        assert_eq!(values(crontab.days_of_week.into()), [0, 1, 2]);
        assert!(crontab.days_must_agree);
        assert_eq!(
            values(Crontab::parse("0 0 * * *").unwrap().days_of_week.into()),
            [0, 1, 2, 3, 4, 5, 6]
        );
        assert!(!Crontab::parse("0 0 1 * 1").unwrap().days_must_agree);
    }

    #[test]
    fn the_last_and_the_nth_days() {
        let crontab = Crontab::parse("0 0 L,1 * *").unwrap();
        assert_eq!(values(crontab.days_of_month), [1, 32]);
        let crontab = Crontab::parse("0 0 * * 5#2,FRIL").unwrap();
        assert_eq!(crontab.days_of_week, 0);
        assert_eq!(values(crontab.nth_days_of_week), [31, 35]);
        assert_eq!(Crontab::parse("0 0 * * 7#1").unwrap().nth_days_of_week, 1);
    }

    #[test]
    fn nicknames() {
        for (nickname, meaning) in NICKNAMES {
            assert_eq!(Crontab::parse(nickname), Crontab::parse(meaning), "{nickname}");
        }
        assert!(Crontab::parse(" @Daily ").is_ok());
    }

    #[test]
    fn what_is_no_schedule() {
        let bad = [
            "",
            "* * * *",
            "* * * * * *",
            "0 0 0 * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * 32 * *",
            "* * * 13 *",
            "* * * 0 *",
            "* * * * 8",
            "*/0 * * * *",
            "5-1 * * * *",
            "a * * * *",
            "-1 * * * *",
            "1- * * * *",
            ", * * * *",
            "+1 * * * *",
            "* * * * 5#6",
            "* * * * 5#0",
            "* * * * #1",
            "* * * * L",
            "@reboot",
            "@every 5m",
            "99999 * * * *",
            "* * * JANUARY *",
            "0,, * * * *",
        ];
        for text in bad {
            assert!(Crontab::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_never_comes_is_refused() {
        for text in ["0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 30 2 */2"] {
            assert_eq!(Crontab::parse(text), Err(CrontabError::Never), "{text}");
        }
        for text in ["0 0 29 2 *", "0 0 31 2,3 *", "0 0 30 2 1", "0 0 L 2 *"] {
            assert!(Crontab::parse(text).is_ok(), "{text}");
        }
    }
}
