//! What is there from the start: the directory and groups.

use super::{
    directory::Directory,
    group::{GROUP, new_id},
    membership::{add, remove_all},
    nesting::{direct_members, group_with},
};
use crate::Cloud;
use names::Timestamp;
use serde_json::json;

impl Cloud {
    /// Sets what is known of the organisation's accounts.
    pub fn set_directory(&mut self, directory: Directory) {
        self.directory = directory;
    }

    /// Adds a group with these members (`user:…`), or replaces its members.
    pub fn add_group(&mut self, email: &str, members: &[&str]) {
        let at = Timestamp::from_seconds(0);
        let found = group_with(self, email).map(|(name, _)| name.to_owned());
        if let Some(group) = &found {
            let members = direct_members(self, group);
            let members = members.map(|(name, _)| name.to_owned()).collect();
            remove_all(self, members);
        }
        let group = found.unwrap_or_else(|| {
            let id = new_id(self);
            let name = format!("groups/{id}");
            let body = json!({
                "parent": format!("customers/{}", self.directory.customer),
                "groupKey": { "id": email },
                "labels": { "cloudidentity.googleapis.com/groups.discussion_forum": "" },
            });
            let row = GROUP.new_row(id, at, body);
            GROUP.store(self, &name, row);
            name
        });
        for member in members {
            add(self, &group, member, &["MEMBER"], at);
        }
    }
}
