//! Types and values drawn by a small generator that always draws the same ones.

use super::{Number, Refinement, Type, Value};

/// The generator: splitmix64.
pub(super) struct Sample(pub(super) u64);

impl Sample {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit).unwrap()).unwrap()
    }

    pub(super) fn kind(&mut self, depth: usize) -> Type {
        match self.below(if depth == 0 { 4 } else { 9 }) {
            0 => Type::Bool,
            1 => Type::Number,
            2 => Type::String,
            3 => Type::Dynamic,
            4 => Type::list(self.kind(depth - 1)),
            5 => Type::set(self.kind(depth - 1)),
            6 => Type::map(self.kind(depth - 1)),
            7 => Type::Tuple((0..self.below(4)).map(|_| self.kind(depth - 1)).collect()),
            _ => Type::object((0..self.below(4)).map(|index| (format!("a{index}"), self.kind(depth - 1)))),
        }
    }

    /// A value; unknown ones in it, if it may hold them.
    pub(super) fn value(&mut self, kind: &Type, unknowns: bool) -> Value {
        match self.below(12) {
            0 => return Value::Null,
            1 if unknowns => return Value::UNKNOWN,
            2 if unknowns => {
                return Value::Unknown(Refinement {
                    nullness: Some(false),
                    ..Refinement::NONE
                });
            }
            _ => {}
        }
        match kind {
            Type::Bool => Value::Bool(self.below(2) == 0),
            Type::Number => Value::Number(self.number()),
            Type::String => Value::string(["", "a", "é", "日本", "\u{1f980}\n"][self.below(5)].repeat(self.below(40))),
            Type::Dynamic => {
                let kind = self.kind(1);
                // What is both dynamic and of unknown type is written without a type.
                let value = if kind == Type::Dynamic {
                    return Value::Null;
                } else {
                    self.value(&kind, unknowns)
                };
                Value::dynamic(kind, value)
            }
            Type::List(kind) => Value::List(self.values(kind, unknowns)),
            Type::Set(kind) => Value::set(self.values(kind, unknowns)),
            Type::Map(kind) => {
                Value::map((0..self.below(20)).map(|index| (format!("k{index}"), self.value(kind, unknowns))))
            }
            Type::Tuple(kinds) => Value::list(kinds.iter().map(|kind| self.value(kind, unknowns))),
            Type::Object { attributes, .. } => {
                Value::object(attributes.iter().map(|(name, kind)| (name, self.value(kind, unknowns))))
            }
        }
    }

    fn values(&mut self, kind: &Type, unknowns: bool) -> Vec<Value> {
        (0..self.below(20)).map(|_| self.value(kind, unknowns)).collect()
    }

    fn number(&mut self) -> Number {
        let shift = self.below(64);
        let bits = self.next() >> shift;
        match self.below(4) {
            0 => Number::from(bits),
            1 => Number::from(bits.cast_signed()),
            2 => format!("{bits}e-3").parse().unwrap(),
            _ => Number::from_f64(f64::from(u32::try_from(bits >> 32).unwrap()) / 8.0).unwrap(),
        }
    }
}
