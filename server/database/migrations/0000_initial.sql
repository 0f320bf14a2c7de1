CREATE TABLE `session_codes` (
	`code_hash` text PRIMARY KEY NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sessions` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `clusters` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`server` text NOT NULL,
	`source` text NOT NULL,
	`context` text,
	`scope` text NOT NULL,
	`credential` text,
	`version` integer DEFAULT 1 NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `clusters_name_unique` ON `clusters` (`name`);--> statement-breakpoint
CREATE UNIQUE INDEX `clusters_context_unique` ON `clusters` (`context`);--> statement-breakpoint
CREATE TABLE `events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`kind` text NOT NULL,
	`level` text NOT NULL,
	`cluster` text,
	`subject` text NOT NULL,
	`message` text NOT NULL,
	`data` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `events_cluster` ON `events` (`cluster`,`id`);--> statement-breakpoint
CREATE TABLE `idempotent_answers` (
	`route` text NOT NULL,
	`key_hash` text NOT NULL,
	`body_hash` text NOT NULL,
	`status` integer NOT NULL,
	`location` text,
	`body` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`route`, `key_hash`)
);
--> statement-breakpoint
CREATE TABLE `operation_log` (
	`operation` text NOT NULL,
	`n` integer NOT NULL,
	`at` integer NOT NULL,
	`step` text NOT NULL,
	`level` text NOT NULL,
	`code` text,
	`message` text NOT NULL,
	`object` text,
	PRIMARY KEY(`operation`, `n`),
	FOREIGN KEY (`operation`) REFERENCES `operations`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `operation_observed` (
	`operation` text NOT NULL,
	`n` integer NOT NULL,
	`change` text NOT NULL,
	`api_version` text NOT NULL,
	`kind` text NOT NULL,
	`namespace` text NOT NULL,
	`name` text NOT NULL,
	`attribution` text NOT NULL,
	PRIMARY KEY(`operation`, `n`),
	FOREIGN KEY (`operation`) REFERENCES `operations`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `operation_requested` (
	`operation` text NOT NULL,
	`n` integer NOT NULL,
	`at` integer NOT NULL,
	`verb` text NOT NULL,
	`api_version` text NOT NULL,
	`kind` text NOT NULL,
	`namespace` text NOT NULL,
	`name` text NOT NULL,
	`subresource` text,
	`status` integer NOT NULL,
	`audit_id` text NOT NULL,
	PRIMARY KEY(`operation`, `n`),
	FOREIGN KEY (`operation`) REFERENCES `operations`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `operation_snapshots` (
	`operation` text NOT NULL,
	`phase` text NOT NULL,
	`taken_at` integer NOT NULL,
	`objects` blob NOT NULL,
	`sha256` text NOT NULL,
	`unreadable` text NOT NULL,
	PRIMARY KEY(`operation`, `phase`),
	FOREIGN KEY (`operation`) REFERENCES `operations`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `operation_locks` (
	`key` text PRIMARY KEY NOT NULL,
	`operation` text NOT NULL,
	FOREIGN KEY (`operation`) REFERENCES `operations`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `operation_steps` (
	`operation` text NOT NULL,
	`position` integer NOT NULL,
	`key` text NOT NULL,
	`title` text NOT NULL,
	`component` text NOT NULL,
	`state` text NOT NULL,
	`started_at` integer,
	`ended_at` integer,
	PRIMARY KEY(`operation`, `key`),
	FOREIGN KEY (`operation`) REFERENCES `operations`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `operations` (
	`id` text PRIMARY KEY NOT NULL,
	`cluster` text NOT NULL,
	`mesh` text NOT NULL,
	`request` text NOT NULL,
	`plan` text NOT NULL,
	`state` text NOT NULL,
	`outcome` text,
	`error` text,
	`confirmed` text NOT NULL,
	`cancel_requested` integer DEFAULT false NOT NULL,
	`parent` text,
	`group_id` text,
	`depends_on` text,
	`retry_of` text,
	`incarnation` text DEFAULT '' NOT NULL,
	`last_n` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`ended_at` integer,
	FOREIGN KEY (`plan`) REFERENCES `plans`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `operations_state` ON `operations` (`state`);--> statement-breakpoint
CREATE INDEX `operations_cluster` ON `operations` (`cluster`,`mesh`);--> statement-breakpoint
CREATE TABLE `plan_objects` (
	`plan` text NOT NULL,
	`n` integer NOT NULL,
	`step` text NOT NULL,
	`api_version` text NOT NULL,
	`kind` text NOT NULL,
	`namespace` text NOT NULL,
	`name` text NOT NULL,
	`change` text NOT NULL,
	`verdict` text NOT NULL,
	`reason` text,
	`foreign_owners` text NOT NULL,
	`before` text NOT NULL,
	`after` text NOT NULL,
	PRIMARY KEY(`plan`, `n`),
	FOREIGN KEY (`plan`) REFERENCES `plans`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `plan_objects_change` ON `plan_objects` (`plan`,`change`);--> statement-breakpoint
CREATE TABLE `plans` (
	`id` text PRIMARY KEY NOT NULL,
	`cluster` text NOT NULL,
	`request` text NOT NULL,
	`state` text NOT NULL,
	`progress` text,
	`failure` text,
	`steps` text NOT NULL,
	`findings` text NOT NULL,
	`confirmations` text NOT NULL,
	`leftovers` text NOT NULL,
	`digest` text,
	`retry_of` text,
	`created_at` integer NOT NULL,
	`ready_at` integer
);
