use super::*;
use serde::Deserialize;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Job {
    state: String,
    due: Option<Timestamp>,
    note: String,
}

impl Record for Job {
    const COLLECTION: &'static str = "jobs";
    type Id = String;
    fn state(&self) -> &str {
        &self.state
    }
    fn due(&self) -> Option<Timestamp> {
        self.due
    }

    fn ended(&self) -> Option<Timestamp> {
        (self.state == "Done").then_some(Timestamp::from_seconds(90))
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Effect {
    Insert { attempt: u32 },
    Report,
}

fn names() -> DocumentNames {
    let database = "projects/demo-project/databases/jobs"
        .parse()
        .expect("valid");
    DocumentNames::new(&database, "jobs", "a").expect("a good id")
}

fn job(note: &str) -> Job {
    Job {
        state: "Running".into(),
        due: Some(Timestamp::from_seconds(60)),
        note: note.into(),
    }
}

/// What Firestore would hold after the commit, at `time`.
fn applied(commit: &Commit, time: &str) -> Vec<Document> {
    let document = |write: &Write| match write {
        Write::Set { name, fields, .. } => Some(Document {
            name: name.clone(),
            fields: fields.clone(),
            update_time: time.into(),
        }),
        Write::Delete(_) => None,
    };
    commit.writes.iter().filter_map(document).collect()
}

fn read(documents: &[Document]) -> Loaded<Job, Effect> {
    let stored = StoredRecord::find(&names(), documents).expect("readable");
    stored
        .expect("there")
        .loaded(&"a".to_owned())
        .expect("typed")
}

fn create(effects: &[Effect]) -> Commit {
    let now = Timestamp::from_seconds(30);
    Commit::create(&names(), &job("new"), effects, now).expect("small")
}

fn replace(entry: &Entry<Job>, job: &Job, effects: &[Effect]) -> Commit {
    let Entry {
        revision, version, ..
    } = entry;
    Commit::replace(&names(), *revision, version, job, effects).expect("small")
}

#[test]
fn a_record_that_ended_says_when() {
    let loaded = read(&applied(&create(&[]), "1970-01-01T00:00:30Z"));
    let done = Job {
        state: "Done".into(),
        ..loaded.entry.record.clone()
    };
    let commit = replace(&loaded.entry, &done, &[]);
    let Write::Set { fields, .. } = &commit.writes[0] else {
        panic!("the record is written")
    };
    let ended = json!({ "timestampValue": "1970-01-01T00:01:30Z" });
    assert_eq!(fields["ended"], ended);
}

#[test]
fn a_new_record_has_the_documented_fields() {
    let commit = create(&[Effect::Insert { attempt: 1 }, Effect::Report]);
    let documents = "projects/demo-project/databases/jobs/documents/groundcrew/ledger";
    let [
        Write::Set {
            name,
            fields,
            precondition,
        },
        outbox,
    ] = &commit.writes[..]
    else {
        panic!("two writes, not {:?}", commit.writes)
    };
    assert_eq!(*name, format!("{documents}/jobs/a"));
    assert_eq!(*precondition, Some(DocumentPrecondition::Exists(false)));
    assert_eq!(
        Value::Object(fields.clone()),
        json!({
            "state": { "stringValue": "Running" },
            "due": { "timestampValue": "1970-01-01T00:01:00Z" },
            "ended": { "nullValue": null },
            "created": { "timestampValue": "1970-01-01T00:00:30Z" },
            "revision": { "integerValue": "1" },
            "record": { "mapValue": { "fields": {
                "state": { "stringValue": "Running" },
                "due": { "stringValue": "1970-01-01T00:01:00Z" },
                "note": { "stringValue": "new" },
            } } },
        })
    );
    let insert = json!({ "mapValue": { "fields": { "attempt": { "integerValue": "1" } } } });
    let insert = json!({ "mapValue": { "fields": { "Insert": insert } } });
    let effects = json!({ "arrayValue": { "values": [insert, { "stringValue": "Report" }] } });
    assert_eq!(
        *outbox,
        Write::Set {
            name: format!("{documents}/outbox/jobs.a"),
            fields: Map::from_iter([("effects".to_owned(), effects)]),
            precondition: None,
        }
    );
}

#[test]
fn a_written_record_reads_back_and_can_be_replaced_without_reading() {
    let effects = vec![Effect::Insert { attempt: 1 }];
    let commit = create(&effects);
    let loaded = read(&applied(&commit, "t1"));
    assert_eq!(loaded.entry.record, job("new"));
    assert_eq!(loaded.effects, effects);
    let mut stored = commit.stored;
    stored.version.update_time = "t1".into();
    assert_eq!(
        stored
            .loaded::<Job, Effect>(&"a".to_owned())
            .expect("typed"),
        loaded
    );
    assert_eq!(StoredRecord::find(&names(), &[]).expect("readable"), None);
}

#[test]
fn a_replacement_requires_the_version_that_was_read_and_always_changes_a_field() {
    let loaded = read(&applied(&create(&[Effect::Report]), "t1"));
    let same = &loaded.entry.record;
    let commit = replace(&loaded.entry, same, &[Effect::Report]);
    let Write::Set { precondition, .. } = &commit.writes[0] else {
        panic!("the record comes first")
    };
    assert_eq!(
        *precondition,
        Some(DocumentPrecondition::UpdateTime("t1".into()))
    );
    let again = read(&applied(&commit, "t2"));
    assert_eq!(again.entry.revision, 2);
    assert_eq!(again.entry.version.created, Timestamp::from_seconds(30));
}

#[test]
fn the_outbox_is_written_only_if_it_exists_or_may_exist() {
    let outbox = names().outbox;
    let none: [Effect; 0] = [];
    // (effects before, known, effects after) => how many writes, deleted?
    for (before, known, after, writes, deleted) in [
        (true, true, true, 2, false),
        (true, true, false, 2, true),
        (false, true, false, 1, false),
        (false, false, false, 2, true),
        (false, true, true, 2, false),
    ] {
        let effects = |some: bool| if some { &[Effect::Report][..] } else { &none };
        let documents = applied(&create(effects(before)), "t1");
        let entry: Entry<Job> = if known {
            read(&documents).entry
        } else {
            let stored = StoredRecord::read("jobs/a", &documents[0]).expect("readable");
            stored.entry(&"a".to_owned()).expect("typed")
        };
        let commit = replace(&entry, &job("next"), effects(after));
        assert_eq!(commit.writes.len(), writes, "{before} {known} {after}");
        let delete = Write::Delete(outbox.clone());
        assert_eq!(commit.writes.contains(&delete), deleted);
        assert_eq!(commit.stored.version.outbox, after);
    }
}

#[test]
fn a_record_that_is_too_large_is_refused_before_the_call() {
    let large = job(&"x".repeat(900_000));
    let error = Commit::create::<_, Effect>(&names(), &large, &[], Timestamp::from_seconds(0))
        .expect_err("too large");
    assert!(
        matches!(&error, Error::TooLarge { id, .. } if id == "jobs/a"),
        "{error}"
    );
    let large = vec!["x".repeat(1_000); 900];
    let error = Commit::create(&names(), &job("small"), &large, Timestamp::from_seconds(0))
        .expect_err("too large");
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}

#[test]
fn an_unreadable_record_is_named_in_the_error() {
    let whole = applied(&create(&[Effect::Report]), "t1");
    let without = |name: &str| {
        let mut documents = whole.clone();
        documents[0].fields.remove(name);
        documents
    };
    let mut other = whole.clone();
    other[1].fields["effects"] = json!({ "arrayValue": { "values": [{ "booleanValue": true }] } });
    let mut revision = whole.clone();
    revision[0].fields["revision"] = json!({ "integerValue": "-1" });
    for (documents, says) in [
        (without("record"), "jobs/a: no field record"),
        (without("created"), "jobs/a: no field created"),
        (revision, "jobs/a: revision is not a number"),
        (other, "outbox/jobs.a: "),
    ] {
        let read = StoredRecord::find(&names(), &documents).and_then(|stored| {
            stored
                .expect("there")
                .loaded::<Job, Effect>(&"a".to_owned())
        });
        let error = read.expect_err("unreadable").to_string();
        assert!(error.starts_with(says), "{error}");
    }
}

#[test]
fn an_invalid_document_id_is_refused() {
    let database = "projects/demo-project/databases/jobs"
        .parse()
        .expect("valid");
    for id in ["", ".", "..", "a/b/c", "__a__"] {
        assert!(DocumentNames::new(&database, "jobs", id).is_err(), "{id:?}");
    }
}
