//! Ranking towards a topic: PageRank from where the conversation is, pushed outwards only as far as it carries.
//!
//! The method is that of Andersen, Chung and Lang, "Local Graph Partitioning using PageRank Vectors" (2006): what is
//! to be handed on waits at each file until it is worth it, so the work depends on the precision and not on the size of
//! the repository.
use std::collections::{HashMap, VecDeque};

use super::graph::{FileId, Graph};

/// What the conversation is about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Topic {
    /// With how much each matters, against the others.
    pub files: Vec<(FileId, f32)>,
}

/// Of what a file has, it keeps so much and hands on the rest.
const KEPT: f32 = 0.25;
/// Of all that there is; what is less is not handed on.
const PRECISION: f32 = 2e-5;
/// Files from which it is handed on. Bounds the time whatever the graph is like.
const MOST_PUSHES: usize = 20_000;
/// What a file's standing in the whole repository counts, against the topic.
const STANDING: f32 = 0.15;

impl Graph {
    /// Files with their ranks, the highest first. Without a topic it is their standing in the whole repository.
    pub fn rank(&mut self, topic: &Topic) -> Vec<(FileId, f32)> {
        self.join();
        let near = self.near(topic);
        let weight = if near.is_empty() { 1.0 } else { STANDING };
        let standing = self.standing();
        let ids = (0..standing.len()).map(FileId::at);
        let mut ranks: Vec<(FileId, f32)> = ids
            .zip(standing)
            .map(|(file, standing)| (file, near.get(&file).unwrap_or(&0.0) + weight * standing))
            .collect();
        ranks.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranks
    }

    /// What comes to each file from those of the topic.
    fn near(&self, topic: &Topic) -> HashMap<FileId, f32> {
        let sum: f32 = topic.files.iter().map(|(_, weight)| weight.max(0.0)).sum();
        let mut near: HashMap<FileId, f32> = HashMap::new();
        if sum <= 0.0 {
            return near;
        }
        let mut waiting: HashMap<FileId, f32> = HashMap::new();
        let mut queue: VecDeque<FileId> = VecDeque::new();
        for (file, weight) in topic.files.iter().filter(|(_, weight)| *weight > 0.0) {
            *waiting.entry(*file).or_default() += weight / sum;
            queue.push_back(*file);
        }
        let mut neighbours: HashMap<FileId, Vec<(FileId, f32)>> = HashMap::new();
        for _ in 0..MOST_PUSHES {
            let Some(file) = queue.pop_front() else { break };
            let amount = waiting.insert(file, 0.0).unwrap_or_default();
            if amount <= 0.0 {
                continue;
            }
            *near.entry(file).or_default() += KEPT * amount;
            let next = neighbours.entry(file).or_insert_with(|| self.neighbours(file));
            for (other, share) in next {
                let there = waiting.entry(*other).or_default();
                let was_enough = *there > PRECISION;
                *there += (1.0 - KEPT) * amount * *share;
                if !was_enough && *there > PRECISION {
                    queue.push_back(*other);
                }
            }
        }
        for (file, amount) in waiting {
            *near.entry(file).or_default() += KEPT * amount;
        }
        near
    }
}
