"""改造项目: filing, milestones, supervision, acceptance, use afterwards; pilots and their lists."""
