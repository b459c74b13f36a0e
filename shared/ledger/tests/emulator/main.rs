//! The ledger against Google's Firestore emulator, where one runs: set
//! `FIRESTORE_EMULATOR_HOST` to its `host:port`. Without it these tests say
//! that they did not run, and pass.
//!
//! The emulator keeps what a run before wrote, so each run takes a database of
//! its own, named after the process.

mod world;

use gcp::{Class, Classify};
use ledger::{Error, Query, RecordChange};
use names::Timestamp;
use world::{Effect, Job, World, job, world};

type TestResult = Result<(), Error>;

macro_rules! need_emulator {
    ($story:literal) => {
        match world($story) {
            Some(world) => world,
            None => {
                println!("FIRESTORE_EMULATOR_HOST is not set: did not run");
                return Ok(());
            }
        }
    };
}

fn id(id: &str) -> String {
    id.to_owned()
}

const INSERT: Effect = Effect::Insert { attempt: 1 };

#[tokio::test]
async fn a_record_and_its_outbox_are_created_replaced_and_read() -> TestResult {
    let World { ledger, calls, .. } = need_emulator!("life");
    assert_eq!(ledger.load::<Job, Effect>(&id("a")).await?, None);
    let first = job("Waiting", Some(60));
    let entry = ledger
        .create(&id("a"), &first, &[INSERT, Effect::Report])
        .await?;
    assert_eq!(entry.revision, 1);
    let loaded = ledger
        .load::<Job, Effect>(&id("a"))
        .await?
        .expect("created");
    assert_eq!(loaded.entry, entry, "as if it had been read");
    assert_eq!(loaded.effects, [INSERT, Effect::Report]);

    // Twice without reading: each answer says what the next must presume.
    let second = job("Running", None);
    let entry = ledger.replace(&entry, &second, &[Effect::Report]).await?;
    let entry = ledger.replace::<_, Effect>(&entry, &second, &[]).await?;
    let loaded = ledger
        .load::<Job, Effect>(&id("a"))
        .await?
        .expect("still there");
    assert_eq!((loaded.entry, loaded.effects), (entry, vec![]));
    assert_eq!(calls.get(), 6, "one call per operation");

    // A delete of an outbox that is not there does no harm.
    let got = ledger.get::<Job>(&id("a")).await?.expect("still there");
    let entry = ledger.replace::<_, Effect>(&got, &second, &[]).await?;
    assert_eq!(entry.revision, 4);
    Ok(())
}

#[tokio::test]
async fn only_one_of_two_writers_wins() -> TestResult {
    let World { ledger, .. } = need_emulator!("race");
    let one = job("Waiting", None);
    let entry = ledger.create(&id("a"), &one, &[INSERT]).await?;
    let again = ledger.create(&id("a"), &one, &[Effect::Report]).await;
    let error = again.expect_err("it exists");
    assert!(matches!(error, Error::Exists { .. }), "{error}");

    // Identical writes from the same entry: nothing but the revision changes.
    ledger.replace(&entry, &one, &[INSERT]).await?;
    let error = ledger.replace(&entry, &one, &[Effect::Report]).await;
    let error = error.expect_err("somebody wrote");
    assert!(matches!(error, Error::Conflict { .. }), "{error}");
    assert_eq!(error.class(), Class::Conflict);

    let loaded = ledger
        .load::<Job, Effect>(&id("a"))
        .await?
        .expect("created");
    assert_eq!(
        loaded.effects,
        [INSERT],
        "the loser's outbox is not applied"
    );
    assert_eq!(loaded.entry.revision, 2);
    Ok(())
}

#[tokio::test]
async fn every_shape_of_record_is_unchanged_by_writing_and_reading() -> TestResult {
    let World { ledger, .. } = need_emulator!("shapes");
    let mut odd = job("Waiting", Some(-1));
    odd.anything = serde_json::json!({
        "nested": [[1, [2.5, -0.25]], [], [[]], {}],
        "a.b`c/d": { "deep": [{ "list": [i64::MAX, i64::MIN, 1e300, 0.1, 1.0] }] },
        "text": "\u{0}\u{1F600} \"quoted\"",
        "[]": null,
    });
    ledger.create::<_, Effect>(&id("odd"), &odd, &[]).await?;
    let read = ledger.get::<Job>(&id("odd")).await?.expect("created");
    assert_eq!(read.record, odd);
    Ok(())
}

#[tokio::test]
async fn a_record_just_under_the_limit_is_taken() -> TestResult {
    let World { ledger, .. } = need_emulator!("large");
    let mut large = job("Waiting", None);
    large.anything = vec!["x".repeat(999); 899].into();
    ledger
        .create::<_, Effect>(&id("large"), &large, &[])
        .await?;
    large.anything = vec!["x".repeat(999); 901].into();
    let refused = ledger.create::<_, Effect>(&id("larger"), &large, &[]).await;
    assert!(matches!(refused, Err(Error::TooLarge { .. })));
    Ok(())
}

#[tokio::test]
async fn queries_page_in_order() -> TestResult {
    let World { ledger, clock, .. } = need_emulator!("query");
    // Two are due at once: the name decides, and no page loses one.
    for (i, (id, state, due)) in [
        ("e", "Waiting", Some(20)),
        ("d", "Running", Some(10)),
        ("c", "Running", Some(20)),
        ("b", "Running", None),
        ("a", "Done", Some(30)),
    ]
    .into_iter()
    .enumerate()
    {
        clock.set(i64::try_from(i).expect("small"));
        ledger
            .create(&id.to_owned(), &job(state, due), &[INSERT])
            .await?;
    }
    let cases: &[(&[&str], Option<i64>, bool, &str)] = &[
        (&[], None, false, "bdcea"),
        (&[], None, true, "abcde"),
        (&[], Some(20), false, "dce"),
        (&["Running"], None, true, "bcd"),
        (&["Running"], Some(15), false, "d"),
        (&["Running", "Waiting"], Some(20), false, "dce"),
        (&["Running", "Done"], None, true, "abcd"),
        (&["Lost"], None, true, ""),
    ];
    for (states, due_by, newest_first, expected) in cases {
        let mut query = Query {
            states: states.iter().map(ToString::to_string).collect(),
            due_by: due_by.map(Timestamp::from_seconds),
            newest_first: *newest_first,
            limit: 2,
            after: None,
        };
        let mut seen = String::new();
        loop {
            let page = ledger.query::<Job>(&query).await?;
            assert!(page.entries.len() <= 2 && page.unreadable.is_empty());
            seen.extend(page.entries.iter().map(|entry| entry.id.as_str()));
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        assert_eq!(seen, *expected, "{query:?}");
    }

    // What a query found can be written, and its outbox with it.
    let query = Query {
        limit: 1,
        newest_first: true,
        ..Query::default()
    };
    let mut page = ledger.query::<Job>(&query).await?;
    let newest = page.entries.remove(0);
    ledger
        .replace::<_, Effect>(&newest, &newest.record, &[])
        .await?;
    let loaded = ledger
        .load::<Job, Effect>(&id("a"))
        .await?
        .expect("created");
    assert_eq!(loaded.effects, []);
    Ok(())
}

#[tokio::test]
async fn the_cache_saves_a_read_and_never_hides_a_conflict() -> TestResult {
    let World { ledger, calls, .. } = need_emulator!("cache");
    let stranger = need_emulator!("cache").ledger;
    let mut lease = ledger.lease::<Job, Effect>(&id("a")).await;
    assert_eq!(lease.load().await?, None);
    let entry = lease.create(&job("Waiting", None), &[INSERT]).await?;
    assert!(!lease.is_cached(), "it was written under this lease");
    drop(lease);
    assert_eq!(calls.get(), 2);

    // The next handler finds it without a call, and writes.
    let mut lease = ledger.lease::<Job, Effect>(&id("a")).await;
    assert!(lease.is_cached());
    let loaded = lease.load().await?.expect("in the cache");
    assert_eq!((&loaded.entry, &loaded.effects), (&entry, &vec![INSERT]));
    let ours = lease.replace(&job("Running", None), &[]).await?;
    drop(lease);
    assert_eq!(calls.get(), 3);

    // Another process writes: the cache is stale, the write says so, and the
    // record is then no longer cached.
    let theirs = stranger
        .replace(&ours, &job("Lost", None), &[INSERT])
        .await?;
    let mut lease = ledger.lease::<Job, Effect>(&id("a")).await;
    let stale = lease.load().await?.expect("in the cache");
    assert_eq!(stale.entry.record.state, "Running");
    let refused = lease.replace(&job("Done", None), &[]).await;
    assert!(matches!(refused, Err(Error::Conflict { .. })));
    assert!(!lease.is_cached());
    let loaded = lease.load().await?.expect("read again");
    assert_eq!((loaded.entry, loaded.effects), (theirs, vec![INSERT]));
    Ok(())
}

#[tokio::test]
async fn a_decision_is_made_again_where_the_cache_was_stale() -> TestResult {
    let World { ledger, calls, .. } = need_emulator!("decide");
    let other_process = need_emulator!("decide").ledger;
    let a = id("a");
    let decide = async |to: &str| {
        let mut seen = Vec::new();
        let decided = ledger.decide::<Job, Effect, ()>(&a, |loaded| {
            let state = loaded.map_or("none", |loaded| &loaded.entry.record.state);
            seen.push(state.to_owned());
            match state == to {
                true => (RecordChange::Keep, ()),
                false => (RecordChange::Commit(job(to, None), vec![INSERT]), ()),
            }
        });
        let loaded = decided.await?.loaded.expect("committed");
        assert_eq!(
            (loaded.entry.record.state.as_str(), loaded.effects),
            (to, vec![INSERT])
        );
        Ok::<_, Error>((seen, loaded.entry))
    };
    let (seen, entry) = decide("Waiting").await?;
    assert_eq!((seen, entry.revision), (vec!["none".to_owned()], 1));
    // What is kept is read, in case the cache is stale; what is written is not.
    assert_eq!(decide("Waiting").await?.0, ["Waiting", "Waiting"]);
    assert_eq!(decide("Running").await?.0, ["Waiting"]);
    assert_eq!(calls.get(), 2 + 1 + 1, "read and create, read, write");

    let entry = other_process.get::<Job>(&a).await?.expect("created");
    other_process
        .replace(&entry, &job("Lost", None), &[INSERT])
        .await?;
    let (seen, entry) = decide("Done").await?;
    assert_eq!(
        (seen, entry.revision),
        (vec!["Running".to_owned(), "Lost".to_owned()], 4)
    );
    Ok(())
}

#[tokio::test]
async fn handlers_of_one_process_take_turns() -> TestResult {
    let World { ledger, calls, .. } = need_emulator!("turns");
    ledger
        .create(&id("a"), &job("Waiting", None), &[INSERT])
        .await?;
    let handlers: Vec<_> = (0..8)
        .map(|_| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                let mut lease = ledger.lease::<Job, Effect>(&id("a")).await;
                let loaded = lease.load().await?.expect("created");
                let same = &loaded.entry.record;
                lease.replace(same, &loaded.effects).await
            })
        })
        .collect();
    let mut revisions = Vec::new();
    for handler in handlers {
        revisions.push(handler.await.expect("no panic")?.revision);
    }
    revisions.sort_unstable();
    assert_eq!(revisions, [2, 3, 4, 5, 6, 7, 8, 9], "none lost to another");
    assert_eq!(calls.get(), 1 + 1 + 8, "read once");
    Ok(())
}
