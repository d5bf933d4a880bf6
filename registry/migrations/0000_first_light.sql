CREATE TABLE `plans` (
	`hash` text PRIMARY KEY NOT NULL,
	`plan` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `registry_objects` (
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`version` integer NOT NULL,
	`definition` text NOT NULL,
	`registry` integer NOT NULL,
	PRIMARY KEY(`kind`, `name`, `version`, `registry`)
);
--> statement-breakpoint
CREATE TABLE `registry_revisions` (
	`revision` integer PRIMARY KEY NOT NULL,
	`snapshot` text NOT NULL,
	`changes` text NOT NULL,
	`applied_by` text,
	`commit_id` text,
	`applied_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `revisions` (
	`revision` integer PRIMARY KEY NOT NULL,
	`registry` integer NOT NULL,
	`head` text NOT NULL,
	`reason` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`view` text NOT NULL,
	`snapshot` integer NOT NULL,
	`kind` text NOT NULL,
	`state` text NOT NULL,
	`input` text NOT NULL,
	`sources` text NOT NULL,
	`as_of` integer NOT NULL,
	`row_count` integer,
	`block_count` integer,
	`watermark` integer,
	`next_event` integer,
	`parts` text,
	`error` text,
	`started_at` integer NOT NULL,
	`finished_at` integer
);
--> statement-breakpoint
CREATE INDEX `runs_by_view` ON `runs` (`view`,`snapshot`);--> statement-breakpoint
CREATE TABLE `snapshots` (
	`view` text NOT NULL,
	`snapshot` integer NOT NULL,
	`pointer` text NOT NULL,
	`row_count` integer NOT NULL,
	`watermark` integer,
	`parts` text NOT NULL,
	`revision` integer NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`view`, `snapshot`)
);
--> statement-breakpoint
CREATE TABLE `uploads` (
	`run` text NOT NULL,
	`first_block` integer NOT NULL,
	`block_count` integer NOT NULL,
	PRIMARY KEY(`run`, `first_block`)
);
