//! One process's desk: one handler at a time sits at a record, and finds what
//! the one before left there.

use crate::document::Sheet;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::OwnedMutexGuard;

/// What the last handler of a record left, held by the one who sits there.
pub(crate) type Place = OwnedMutexGuard<Option<Sheet>>;

/// The places of a process, by `collection/id`.
#[derive(Debug)]
pub(crate) struct Desk {
    room: usize,
    places: Mutex<Places>,
}

#[derive(Debug, Default)]
struct Places {
    by_key: BTreeMap<String, Kept>,
    sittings: u64,
}

#[derive(Debug)]
struct Kept {
    place: Arc<tokio::sync::Mutex<Option<Sheet>>>,
    /// Which sitting was the last here.
    sitting: u64,
}

impl Desk {
    /// A desk with `room` places, and more only while more are in use.
    pub(crate) fn new(room: usize) -> Self {
        Self {
            room,
            places: Mutex::default(),
        }
    }

    /// Waits for the place of `key` and takes it, in the order of arrival.
    pub(crate) async fn sit(&self, key: &str) -> Place {
        // Bound first, so that no std lock is held while waiting.
        let place = self.place(key);
        place.lock_owned().await
    }

    fn place(&self, key: &str) -> Arc<tokio::sync::Mutex<Option<Sheet>>> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let Places { by_key, sittings } = &mut *places;
        *sittings += 1;
        let kept = by_key.entry(key.to_owned()).or_insert_with(|| Kept {
            place: Arc::default(),
            sitting: 0,
        });
        kept.sitting = *sittings;
        let place = Arc::clone(&kept.place);
        while by_key.len() > self.room {
            // Whoever sits or waits holds the place's other reference.
            let free = by_key
                .iter()
                .filter(|(_, kept)| Arc::strong_count(&kept.place) == 1);
            let oldest = free.min_by_key(|(_, kept)| kept.sitting);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else {
                break;
            };
            by_key.remove(&key);
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::Future,
        pin::pin,
        task::{Context, Poll, Waker},
    };

    fn now<T>(future: impl Future<Output = T>) -> Option<T> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        }
    }

    fn keys(desk: &Desk) -> Vec<String> {
        let places = desk.places.lock().expect("nobody panicked");
        places.by_key.keys().cloned().collect()
    }

    #[test]
    fn one_at_a_time_sits_at_a_record() {
        let desk = Desk::new(9);
        let first = now(desk.sit("jobs/a")).expect("free");
        assert!(now(desk.sit("jobs/a")).is_none());
        assert!(now(desk.sit("jobs/b")).is_some());
        drop(first);
        assert!(now(desk.sit("jobs/a")).is_some());
    }

    #[test]
    fn the_oldest_place_that_nobody_uses_makes_room() {
        let desk = Desk::new(2);
        let used = now(desk.sit("a")).expect("free");
        drop(now(desk.sit("b")));
        drop(now(desk.sit("c")));
        assert_eq!(keys(&desk), ["a", "c"]);
        let also = now(desk.sit("b")).expect("free");
        assert_eq!(keys(&desk), ["a", "b"]);
        // Nothing is free: more places than room, for as long as it takes.
        let third = now(desk.sit("d")).expect("free");
        assert_eq!(keys(&desk), ["a", "b", "d"]);
        drop((used, also, third));
        drop(now(desk.sit("e")));
        assert_eq!(keys(&desk), ["d", "e"]);
    }
}
