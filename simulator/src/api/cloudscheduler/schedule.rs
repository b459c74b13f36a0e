//! Schedules in unix-cron: minute, hour, day of the month, month, day of the
//! week, in UTC.
//!
//! Source: <https://cloud.google.com/scheduler/docs/configuring/cron-job-schedules>
//! and crontab(5): a day matches if the day of the month or that of the week
//! does, if neither field begins with `*`.

use crate::ApiError;
use names::Timestamp;

/// Names of time zones without an offset, in small letters.
const UTC: [&str; 5] = ["utc", "etc/utc", "gmt", "etc/gmt", "zulu"];

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const MINUTES_A_DAY: i64 = 24 * 60;

/// The longest time between two February 29ths is eight years.
const SEARCHED_DAYS: i64 = 8 * 366;

/// The first time of a schedule after `after`.
///
/// # Errors
/// 400 if the schedule is invalid or has no such time, 501 if it or its time
/// zone is not simulated.
pub(super) fn next(
    schedule: &str,
    time_zone: &str,
    after: Timestamp,
) -> Result<Timestamp, ApiError> {
    if !UTC.contains(&&*time_zone.to_lowercase()) {
        return Err(ApiError::unimplemented(format!(
            "Time zone {time_zone} is not simulated: use UTC."
        )));
    }
    if schedule.starts_with("every ") {
        return Err(ApiError::unimplemented(format!(
            "Schedule {schedule:?} is not simulated: use the five fields of unix-cron."
        )));
    }
    Schedule::parse(schedule)
        .and_then(|schedule| schedule.next(after))
        .ok_or_else(|| ApiError::invalid("Schedule or time zone is invalid."))
}

/// Bit `n` of a field is set if it has the value `n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    /// Sunday is 0.
    weekdays: u64,
    /// Whether one of `days` and `weekdays` suffices.
    either: bool,
}

impl Schedule {
    /// `None` if the text is no schedule.
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else {
            return None;
        };
        let either = !days.starts_with('*') && !weekdays.starts_with('*');
        let weekdays = field(weekdays, 0, 7, &WEEKDAYS)?;
        Some(Self {
            minutes: field(minutes, 0, 59, &[])?,
            hours: field(hours, 0, 23, &[])?,
            days: field(days, 1, 31, &[])?,
            months: field(months, 1, 12, &MONTHS)?,
            // 7 is Sunday too.
            weekdays: weekdays | weekdays >> 7,
            either,
        })
    }

    /// The first time after `after`, if there is one.
    fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let first = after.as_seconds().div_euclid(60) + 1;
        let today = first.div_euclid(MINUTES_A_DAY);
        (today..=today + SEARCHED_DAYS)
            .filter(|day| self.has_day(*day))
            .find_map(|day| {
                let midnight = day * MINUTES_A_DAY;
                let minutes = first.max(midnight)..midnight + MINUTES_A_DAY;
                minutes.into_iter().find(|minute| {
                    let minute = minute - midnight;
                    has(self.hours, minute / 60) && has(self.minutes, minute % 60)
                })
            })
            .map(|minute| Timestamp::from_seconds(minute * 60))
    }

    /// Whether there are runs on a day, counted from 1970-01-01.
    fn has_day(&self, day: i64) -> bool {
        let (month, of_month) = month_and_day(day);
        let of_month = has(self.days, of_month);
        // 1970-01-01 was a Thursday.
        let of_week = has(self.weekdays, (day + 4).rem_euclid(7));
        has(self.months, month)
            && match self.either {
                true => of_month || of_week,
                false => of_month && of_week,
            }
    }
}

fn has(bits: u64, value: i64) -> bool {
    bits >> value & 1 == 1
}

/// Lists, ranges, steps: `1,10-20,*/15`, `mon-fri`.
fn field(text: &str, min: u32, max: u32, names: &[&str]) -> Option<u64> {
    let value = |text: &str| {
        let named = names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(text));
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let value = match named {
            Some(index) => u32::try_from(index).ok()? + min,
            None if digits => text.parse().ok()?,
            None => return None,
        };
        (min..=max).contains(&value).then_some(value)
    };
    let mut bits = 0;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        let (from, to) = match (range, range.split_once('-')) {
            ("*", _) => (min, max),
            (_, Some((from, to))) => (value(from)?, value(to)?),
            (_, None) => (
                value(range)?,
                if step.is_some() { max } else { value(range)? },
            ),
        };
        let step = step.map_or(Some(1), |step| step.parse::<u32>().ok())?;
        if from > to || step == 0 {
            return None;
        }
        let step = usize::try_from(step).ok()?;
        bits |= (from..=to)
            .step_by(step)
            .fold(0, |bits, value| bits | 1 << value);
    }
    Some(bits)
}

/// Of a day, counted from 1970-01-01, in the Gregorian calendar. Source:
/// `civil_from_days` in <https://howardhinnant.github.io/date_algorithms.html>.
fn month_and_day(day: i64) -> (i64, i64) {
    // Years begin in March, so that a leap day is the last.
    let of_era = (day + 719_468).rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    ((month + 2) % 12 + 1, of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(schedule: &str, after: &str) -> String {
        let schedule = Schedule::parse(schedule).expect(schedule);
        let next = schedule.next(after.parse().expect("a time"));
        next.map(|next| next.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_next_time_follows_from_the_five_fields() {
        // 2026-11-29 is a Sunday.
        for (schedule, expected) in [
            ("* * * * *", "2026-11-29T10:31:00Z"),
            ("*/15 * * * *", "2026-11-29T10:45:00Z"),
            ("30 10 * * *", "2026-11-30T10:30:00Z"),
            ("5,50-55/3 * * * *", "2026-11-29T10:50:00Z"),
            ("40/9 * * * *", "2026-11-29T10:40:00Z"),
            ("0 9-17 * * 1-5", "2026-11-30T09:00:00Z"),
            ("0 9 * * mon-FRI", "2026-11-30T09:00:00Z"),
            ("0 0 * * 7", "2026-12-06T00:00:00Z"),
            ("0 0 * * 0", "2026-12-06T00:00:00Z"),
            ("0 0 1 * *", "2026-12-01T00:00:00Z"),
            ("0 0 1 JAN *", "2027-01-01T00:00:00Z"),
            ("0 0 31 4,5 *", "2027-05-31T00:00:00Z"),
            ("0 0 29 2 *", "2028-02-29T00:00:00Z"),
            // The day of the month or that of the week.
            ("0 0 13 * 5", "2026-12-04T00:00:00Z"),
            // Both, since one begins with `*`.
            ("0 0 */2 * 1", "2026-12-07T00:00:00Z"),
            ("0 0 30 2 *", ""),
        ] {
            assert_eq!(
                next(schedule, "2026-11-29T10:30:00Z"),
                expected,
                "{schedule}"
            );
        }
        let minute = |after| next("* * * * *", after);
        assert_eq!(
            minute("2026-12-31T23:59:59.999999Z"),
            "2027-01-01T00:00:00Z"
        );
        assert_eq!(minute("1969-12-31T23:58:30Z"), "1969-12-31T23:59:00Z");
        // No leap year.
        assert_eq!(
            next("0 0 29 2 *", "2096-03-01T00:00:00Z"),
            "2104-02-29T00:00:00Z"
        );
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for text in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * 32 * *",
            "* * * 13 *",
            "* * * * 8",
            "*/0 * * * *",
            "+5 * * * *",
            "5-1 * * * *",
            "1, * * * *",
            "* * L * *",
            "* * * foo *",
            "every 5 minutes past noon",
        ] {
            assert_eq!(Schedule::parse(text), None, "{text}");
        }
    }
}
