//! Numbers, exactly as written: Terraform's have more digits than a float.

use bigdecimal::num_bigint::BigInt;
use bigdecimal::{BigDecimal, ToPrimitive};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Places before the point, and after it. Terraform's own numbers have 512 bits of precision; without a limit, a few
/// bytes such as `1e999999999` would fill the memory when written out.
const MAX_PLACES: i64 = 16 * 1024;

/// A number of any size and precision up to 16,384 places on each side of the point. Equality is by value: `1` equals `1.0`.
#[derive(Clone, PartialEq, Eq)]
pub struct Number(Form);

/// Always the first form that fits, so that equal numbers have equal forms.
#[derive(Clone, PartialEq, Eq)]
enum Form {
    Small(i64),
    Large(Box<BigDecimal>),
}

/// Why some text or float is not a [`Number`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// It is not a decimal number.
    #[error("not a decimal number")]
    Malformed,
    /// It has more places than anyone could mean.
    #[error("a number with more than {MAX_PLACES} places")]
    TooLong,
    /// Infinity, or not a number.
    #[error("not a finite number")]
    NotFinite,
}

impl Number {
    /// The float, to its last binary digit: the `f64` that is written 0.1 is a little more than that.
    pub fn from_f64(float: f64) -> Result<Self, NumberError> {
        BigDecimal::try_from(float)
            .map(Self::of)
            .map_err(|_| NumberError::NotFinite)
    }

    /// The integer, if it is one that fits.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Form::Small(integer) => Some(*integer),
            Form::Large(_) => None,
        }
    }

    /// The integer, if it is one that fits.
    pub fn to_u64(&self) -> Option<u64> {
        match &self.0 {
            Form::Small(integer) => u64::try_from(*integer).ok(),
            Form::Large(decimal) if decimal.is_integer() => decimal.to_u64(),
            Form::Large(_) => None,
        }
    }

    /// The nearest float.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            // The nearest float is what "as" gives.
            Form::Small(integer) => *integer as f64,
            Form::Large(decimal) => {
                let (digits, places) = decimal.as_bigint_and_exponent();
                format!("{digits}e{}", -places)
                    .parse()
                    .expect("digits and an exponent are a float")
            }
        }
    }

    /// The float, if it is the same number.
    pub fn to_exact_f64(&self) -> Option<f64> {
        let float = self.to_f64();
        (Self::from_f64(float).as_ref() == Ok(self)).then_some(float)
    }

    /// Whether it is an integer.
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Form::Small(_) => true,
            Form::Large(decimal) => decimal.is_integer(),
        }
    }

    fn of(decimal: BigDecimal) -> Self {
        let decimal = decimal.normalized();
        match decimal.is_integer().then(|| decimal.to_i64()).flatten() {
            Some(integer) => Self(Form::Small(integer)),
            None => Self(Form::Large(Box::new(decimal))),
        }
    }

    fn decimal(&self) -> BigDecimal {
        match &self.0 {
            Form::Small(integer) => BigDecimal::from(*integer),
            Form::Large(decimal) => (**decimal).clone(),
        }
    }
}

impl FromStr for Number {
    type Err = NumberError;

    /// A decimal number: digits, a point, an exponent.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        if let Ok(integer) = text.parse::<i64>() {
            return Ok(Self(Form::Small(integer)));
        }
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if digits.len() + fraction.len() == 0 || !all_digits(digits) || !all_digits(fraction) {
            return Err(NumberError::Malformed);
        }
        let exponent_digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if exponent_digits.is_empty() || !all_digits(exponent_digits) {
            return Err(NumberError::Malformed);
        }
        let exponent: i64 = exponent.parse().map_err(|_| NumberError::TooLong)?;
        let whole_places = i64::try_from(digits.len()).map_err(|_| NumberError::TooLong)?;
        let fraction_places = i64::try_from(fraction.len()).map_err(|_| NumberError::TooLong)?;
        // As typed, and as it is written without the exponent.
        let places = [
            whole_places,
            fraction_places,
            whole_places.saturating_add(exponent),
            fraction_places.saturating_sub(exponent),
        ];
        if places.into_iter().any(|places| places > MAX_PLACES) {
            return Err(NumberError::TooLong);
        }
        let sign = if whole.starts_with('-') { "-" } else { "" };
        let integer = BigInt::from_str(&format!("{sign}{digits}{fraction}")).map_err(|_| NumberError::Malformed)?;
        Ok(Self::of(BigDecimal::new(integer, fraction_places - exponent)))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Form::Small(a), Form::Small(b)) => a.cmp(b),
            _ => self.decimal().cmp(&other.decimal()),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// All its digits, without an exponent.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Small(integer) => integer.fmt(f),
            Form::Large(decimal) => f.write_str(&decimal.to_plain_string()),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self(Form::Small(integer))
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        Self::of(BigDecimal::from(integer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::strategies;
    use proptest::prelude::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn numbers_are_written_with_all_their_digits() {
        let table = [
            ("0", "0"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("1.0", "1"),
            ("+7", "7"),
            ("0.1", "0.1"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-1.50", "-1.5"),
            ("1e3", "1000"),
            ("1E+3", "1000"),
            ("12.5e-3", "0.0125"),
            ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("18446744073709551615", "18446744073709551615"),
            ("1e30", "1000000000000000000000000000000"),
            (
                "0.1000000000000000000000000000000000000001",
                "0.1000000000000000000000000000000000000001",
            ),
        ];
        for (text, written) in table {
            assert_eq!(number(text).to_string(), written, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", "-", ".", "1e", "e1", "1e+", "0x10", "1_000", " 1", "1 ", "NaN", "inf", "--1", "1.-5", "١",
        ] {
            assert_eq!(text.parse::<Number>(), Err(NumberError::Malformed), "{text}");
        }
    }

    #[test]
    fn a_number_that_would_fill_the_memory_is_refused() {
        let digits = "9".repeat(20_000);
        let small = format!("0.{digits}");
        for text in [
            "1e999999999",
            "-1e-999999999",
            "1e99999999999999999999",
            "0e9223372036854775807",
            &digits,
            &small,
        ] {
            assert_eq!(text.parse::<Number>(), Err(NumberError::TooLong));
        }
    }

    #[test]
    fn what_is_written_of_the_longest_number_can_be_read() {
        for text in [
            "1e16383".to_owned(),
            "1e-16384".to_owned(),
            format!("{nines}.{nines}", nines = "9".repeat(16_384)),
        ] {
            assert_eq!(number(&number(&text).to_string()), number(&text));
        }
        assert_eq!("12e16383".parse::<Number>(), Err(NumberError::TooLong));
        assert_eq!("0.1e-16384".parse::<Number>(), Err(NumberError::TooLong));
    }

    #[test]
    fn numbers_are_equal_by_value() {
        assert_eq!(number("1"), number("1.0"));
        assert_eq!(number("100000000000000000000"), number("1e20"));
        assert_eq!(number("0.10"), number("1e-1"));
        assert_ne!(number("0.1"), Number::from_f64(0.1).unwrap());
        assert_eq!(number("0.5"), Number::from_f64(0.5).unwrap());
        assert_eq!(number("3"), Number::from_f64(3.0).unwrap());
        assert_eq!(number("18446744073709551615"), Number::from(u64::MAX));
        assert_eq!(number("5"), Number::from(5_u64));
    }

    #[test]
    fn numbers_are_ordered() {
        let ordered = [
            "-1e30",
            "-1.5",
            "-1",
            "0",
            "0.1",
            "1",
            "9223372036854775807",
            "9223372036854775808",
            "1e30",
        ];
        let mut numbers: Vec<Number> = ordered.iter().rev().map(|text| number(text)).collect();
        numbers.sort();
        assert_eq!(numbers, ordered.map(number));
    }

    #[test]
    fn numbers_become_integers_and_floats_where_they_fit() {
        assert_eq!(number("1.0").to_i64(), Some(1));
        assert_eq!(number("1.5").to_i64(), None);
        assert_eq!(number("9223372036854775808").to_i64(), None);
        assert_eq!(number("9223372036854775808").to_u64(), Some(1 << 63));
        assert_eq!(number("-1").to_u64(), None);
        assert_eq!(number("1.5").to_u64(), None);
        assert_eq!(number("1e30").to_f64(), 1e30);
        assert_eq!(number("0.1").to_f64(), 0.1);
        assert_eq!(number("-2.5").to_exact_f64(), Some(-2.5));
        assert_eq!(number("0.1").to_exact_f64(), None);
        assert_eq!(number("1e400").to_f64(), f64::INFINITY);
        assert_eq!(number("-1e-400").to_f64(), 0.0);
        assert_eq!(number("1e400").to_exact_f64(), None);
        assert!(number("1e30").is_integer() && !number("0.5").is_integer());
        assert_eq!(Number::from_f64(f64::NAN), Err(NumberError::NotFinite));
        assert_eq!(Number::from_f64(f64::INFINITY), Err(NumberError::NotFinite));
    }

    proptest! {
        #[test]
        fn every_number_is_written_as_it_is_read(number in strategies::number()) {
            prop_assert_eq!(number.to_string().parse(), Ok(number));
        }

        #[test]
        fn the_order_is_that_of_the_number_line(a in strategies::number(), b in strategies::number()) {
            prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
            prop_assert_eq!(a == b, a.cmp(&b).is_eq());
            if a.to_f64() < b.to_f64() {
                prop_assert!(a < b);
            }
        }

        #[test]
        fn any_text_is_a_number_or_refused(text in "[-+0-9.eE]{0,12}|.{0,12}") {
            if let Ok(number) = text.parse::<Number>() {
                prop_assert_eq!(number.to_string().parse(), Ok(number));
            }
        }
    }
}
