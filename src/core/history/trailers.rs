//! Lines of commit messages that say something to a program: `Fixes-Mistake: M-0042`.

use std::collections::{HashSet, VecDeque};

use gix_object::Kind;

use super::objects::parse_commit;
use super::{CommitId, HistoryError, MAX_COMMITS, Repository};

/// Under this line `git commit --verbose` shows what is committed.
const SCISSORS: &str = "# ------------------------ >8 ------------------------";

/// A line of a commit's message with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    /// The commit.
    pub commit: CommitId,
    /// When it entered the history: seconds since 1970.
    pub committed_s: i64,
    /// What stands behind the colon.
    pub value: String,
}

/// The values of a key in a message: lines `Key: value`, wherever they stand; case does not count in the key. What git
/// shows of a commit below its scissors is not of the message.
pub fn trailer_values<'a>(message: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = message.lines().take_while(|line| *line != SCISSORS);
    lines.filter_map(move |line| {
        let (name, value) = line.split_once(':')?;
        (name.trim_end().eq_ignore_ascii_case(key) && !value.trim().is_empty()).then(|| value.trim())
    })
}

impl Repository {
    /// Every trailer with `key` in the history of HEAD, in no order. Reads each commit's message: call it on a thread
    /// that may take a second.
    ///
    /// # Errors
    /// Fails when HEAD or a commit can't be read. A shallow clone ends where it ends.
    pub fn trailers(&self, key: &str) -> Result<Vec<Trailer>, HistoryError> {
        let Some(head) = self.head()? else { return Ok(Vec::new()) };
        let (objects, shallow) = (self.objects()?, self.shallow());
        let (mut seen, mut queue) = (HashSet::from([head.0]), VecDeque::from([head.0]));
        let (mut found, mut buffer) = (Vec::new(), Vec::new());
        while let Some(id) = queue.pop_front() {
            let bytes = objects.read(&id, Kind::Commit, "commit", &mut buffer)?;
            let damaged = HistoryError::Malformed { id, kind: "commit", what: "is damaged" };
            let commit = parse_commit(bytes).ok_or(damaged)?;
            let text = String::from_utf8_lossy(bytes);
            let message = text.split_once("\n\n").map_or("", |(_, message)| message);
            let trailer = |value: &str| Trailer {
                commit: CommitId(id),
                committed_s: commit.committed_s,
                value: value.to_owned(),
            };
            found.extend(trailer_values(message, key).map(trailer));
            if shallow.contains(&id) || seen.len() >= MAX_COMMITS {
                continue;
            }
            queue.extend(commit.parents.into_iter().filter(|parent| seen.insert(*parent)));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::trailer_values;

    #[test]
    fn a_key_is_found_at_the_beginning_of_a_line_of_the_message_alone() {
        let message = "Mend the terms\n\nIt said Fixes-Mistake: M-0001.\n\nfixes-mistake: M-0002\nFixes-Mistake:M-0003 \n\
                       Fixes-Mistake:\n# Fixes-Mistake: M-0004\n# ------------------------ >8 ------------------------\n\
                       Fixes-Mistake: M-0005\n";
        assert_eq!(trailer_values(message, "Fixes-Mistake").collect::<Vec<_>>(), ["M-0002", "M-0003"]);
    }
}
