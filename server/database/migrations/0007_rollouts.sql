CREATE TABLE `rollout_stages` (
	`rollout` text NOT NULL,
	`position` integer NOT NULL,
	`plan` text NOT NULL,
	PRIMARY KEY(`rollout`, `position`),
	FOREIGN KEY (`rollout`) REFERENCES `rollouts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `rollout_stages_plan` ON `rollout_stages` (`plan`);--> statement-breakpoint
CREATE TABLE `rollouts` (
	`id` text PRIMARY KEY NOT NULL,
	`cluster` text NOT NULL,
	`mesh` text NOT NULL,
	`namespace` text NOT NULL,
	`revision` text NOT NULL,
	`version` text NOT NULL,
	`new_revision` text NOT NULL,
	`mode` text NOT NULL,
	`tag` text,
	`waves` text NOT NULL,
	`state` text NOT NULL,
	`stage` integer NOT NULL,
	`failure` text,
	`simulated` integer NOT NULL,
	`created_at` integer NOT NULL,
	`ended_at` integer
);
--> statement-breakpoint
CREATE INDEX `rollouts_cluster` ON `rollouts` (`cluster`,`mesh`);--> statement-breakpoint
CREATE INDEX `operations_plan` ON `operations` (`plan`);--> statement-breakpoint
CREATE INDEX `operations_retry_of` ON `operations` (`retry_of`);