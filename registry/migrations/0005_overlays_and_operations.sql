CREATE TABLE `alerts` (
	`view` text PRIMARY KEY NOT NULL,
	`since` integer NOT NULL,
	`sent_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `leases` (
	`view` text PRIMARY KEY NOT NULL,
	`holder` text NOT NULL,
	`acquired_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `quarantine` (
	`uri` text NOT NULL,
	`etag` text NOT NULL,
	`view` text NOT NULL,
	`snapshot` integer NOT NULL,
	`at` integer NOT NULL,
	`released_at` integer,
	PRIMARY KEY(`uri`, `etag`)
);
--> statement-breakpoint
CREATE TABLE `sync_requests` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`views` text NOT NULL,
	`from_event` integer,
	`to_event` integer,
	`requested_at` integer NOT NULL,
	`taken_by` text,
	`taken_at` integer
);
--> statement-breakpoint
CREATE TABLE `sync_services` (
	`name` text PRIMARY KEY NOT NULL,
	`started_at` integer NOT NULL,
	`seen_at` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `runs` ADD `base` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `filter_count` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `runs` ADD `changed_count` integer;--> statement-breakpoint
ALTER TABLE `runs` ADD `whole` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `runs` ADD `stored_count` integer;--> statement-breakpoint
ALTER TABLE `runs` ADD `statistics` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `checks` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `report` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `marked_at` integer;--> statement-breakpoint
ALTER TABLE `snapshots` ADD `marked_at` integer;