//! JSON as senders write it: in more than one way, and not always rightly.

use crate::Unreadable;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Unexpected, Visitor, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, fmt, marker::PhantomData, str::FromStr};

/// Reads `text` as a `T`; the error says where in it the fault is.
pub(crate) fn read<'de, T: Deserialize<'de>>(
    what: &'static str,
    text: &'de [u8],
) -> Result<T, Unreadable> {
    serde_json::from_slice(text).map_err(|fault| {
        // Keeping the path costs time, so only a text that is known to be bad
        // is read with it.
        let mut again = serde_json::Deserializer::from_slice(text);
        let located = serde_path_to_error::deserialize::<_, T>(&mut again)
            .err()
            .filter(|located| located.path().iter().len() > 0);
        match located {
            Some(located) => Unreadable::new(what, located),
            None => Unreadable::new(what, fault),
        }
    })
}

/// A `T` that is written as an object; serde takes an array for a struct too.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Inner<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Inner<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        from.deserialize_map(Inner(PhantomData)).map(Self)
    }
}

/// An object of any keys, none of them twice: which one counts is nobody's guess.
pub(crate) struct Unique<V>(pub(crate) BTreeMap<String, V>);

/// An object whose values stay text.
pub(crate) type Fields<'a> = Unique<&'a RawValue>;

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Unique<V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Inner<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Inner<V> {
            type Value = BTreeMap<String, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, V>()? {
                    if all.contains_key(&key) {
                        return Err(A::Error::custom(format_args!("duplicate key {key:?}")));
                    }
                    all.insert(key, value);
                }
                Ok(all)
            }
        }
        from.deserialize_map(Inner(PhantomData)).map(Self)
    }
}

/// A whole number, or one as a string, as proto3's JSON writes 64-bit ones.
pub(crate) fn whole<'de, D: Deserializer<'de>, T>(from: D) -> Result<Option<T>, D::Error>
where
    T: TryFrom<u64> + TryFrom<i64> + FromStr,
{
    struct Inner<T>(PhantomData<T>);
    impl<T: TryFrom<u64> + TryFrom<i64> + FromStr> Visitor<'_> for Inner<T> {
        type Value = Option<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number in range, or one as a string")
        }

        fn visit_u64<E: Error>(self, n: u64) -> Result<Self::Value, E> {
            let out = |_| E::invalid_value(Unexpected::Unsigned(n), &self);
            T::try_from(n).map(Some).map_err(out)
        }

        fn visit_i64<E: Error>(self, n: i64) -> Result<Self::Value, E> {
            let out = |_| E::invalid_value(Unexpected::Signed(n), &self);
            T::try_from(n).map(Some).map_err(out)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            let out = |_| E::invalid_value(Unexpected::Str(text), &self);
            text.parse().map(Some).map_err(out)
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    from.deserialize_any(Inner(PhantomData))
}

/// An enum's value as text: its name, or its number.
pub(crate) struct Word(pub(crate) String);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Inner;
        impl Visitor<'_> for Inner {
            type Value = Word;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an enum's name or number")
            }

            fn visit_u64<E: Error>(self, n: u64) -> Result<Word, E> {
                Ok(Word(n.to_string()))
            }

            fn visit_i64<E: Error>(self, n: i64) -> Result<Word, E> {
                Ok(Word(n.to_string()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Word, E> {
                Ok(Word(text.to_owned()))
            }
        }
        from.deserialize_any(Inner)
    }
}

/// An enum of a proto, closed but for values that are not known yet: written
/// as a name or a number, kept as text if it is neither.
macro_rules! proto_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$what:meta])* $variant:ident = $text:literal $number:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
        #[serde(from = "crate::json::Word")]
        pub enum $name {
            $($(#[$what])* $variant,)+
            /// One that this version does not know, as it came.
            Other(String),
        }

        impl $name {
            /// The value's name in the proto.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<crate::json::Word> for $name {
            fn from(word: crate::json::Word) -> Self {
                match word.0.as_str() {
                    $($text | $number => Self::$variant,)+
                    _ => Self::Other(word.0),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use proto_enum;
